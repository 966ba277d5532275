import { useTitle } from '@/lib/useTitle';
import { EmptyState } from '@/ui';

export default function AnalysisPage() {
  useTitle('Analysis');
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Analysis</h1>
          <p className="lead">What happens to a song while it is analysed.</p>
        </div>
      </header>
      <EmptyState title="Not here yet">
        This page is not written yet; the API has what it will show.
      </EmptyState>
    </>
  );
}
