import { useTitle } from '@/lib/useTitle';
import { EmptyState } from '@/ui';

export default function PlaylistsPage() {
  useTitle('Playlists');
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Playlists</h1>
          <p className="lead">Lists by hand, by rule and by similarity.</p>
        </div>
      </header>
      <EmptyState title="Not here yet">
        This page is not written yet; the API has what it will show.
      </EmptyState>
    </>
  );
}
