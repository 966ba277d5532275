import { useTitle } from '@/lib/useTitle';
import { EmptyState } from '@/ui';

export default function TrainingPage() {
  useTitle('Training run');
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Training run</h1>
          <p className="lead">The curves of one run.</p>
        </div>
      </header>
      <EmptyState title="Not here yet">
        This page is not written yet; the API has what it will show.
      </EmptyState>
    </>
  );
}
