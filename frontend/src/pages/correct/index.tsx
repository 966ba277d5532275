import { useTitle } from '@/lib/useTitle';
import { EmptyState } from '@/ui';

export default function CorrectPage() {
  useTitle('Correct it');
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Correct it</h1>
          <p className="lead">Say what is right and what is not.</p>
        </div>
      </header>
      <EmptyState title="Not here yet">
        This page is not written yet; the API has what it will show.
      </EmptyState>
    </>
  );
}
