import { useTitle } from '@/lib/useTitle';
import { EmptyState } from '@/ui';

export default function PlaylistPage() {
  useTitle('Playlist');
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Playlist</h1>
          <p className="lead">The tracks of one playlist.</p>
        </div>
      </header>
      <EmptyState title="Not here yet">
        This page is not written yet; the API has what it will show.
      </EmptyState>
    </>
  );
}
