import { useTitle } from '@/lib/useTitle';
import { EmptyState } from '@/ui';

export default function MapPage() {
  useTitle('Map');
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Map</h1>
          <p className="lead">The library as a plane: what sounds alike lies together.</p>
        </div>
      </header>
      <EmptyState title="Not here yet">
        This page is not written yet; the API has what it will show.
      </EmptyState>
    </>
  );
}
