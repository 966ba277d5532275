import { useTitle } from '@/lib/useTitle';
import { EmptyState } from '@/ui';

export default function AudiencePage() {
  useTitle('Audience');
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Audience</h1>
          <p className="lead">Who already listens to music like this.</p>
        </div>
      </header>
      <EmptyState title="Not here yet">
        This page is not written yet; the API has what it will show.
      </EmptyState>
    </>
  );
}
