import { useTitle } from '@/lib/useTitle';
import { EmptyState } from '@/ui';

export default function ClustersPage() {
  useTitle('Clusters');
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Clusters</h1>
          <p className="lead">Groups of tracks that sound alike.</p>
        </div>
      </header>
      <EmptyState title="Not here yet">
        This page is not written yet; the API has what it will show.
      </EmptyState>
    </>
  );
}
