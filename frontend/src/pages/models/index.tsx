import { useTitle } from '@/lib/useTitle';
import { EmptyState } from '@/ui';

export default function ModelsPage() {
  useTitle('Models and training');
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Models and training</h1>
          <p className="lead">The models in use, their figures, and what was trained.</p>
        </div>
      </header>
      <EmptyState title="Not here yet">
        This page is not written yet; the API has what it will show.
      </EmptyState>
    </>
  );
}
