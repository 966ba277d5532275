import { useTitle } from '@/lib/useTitle';
import { EmptyState } from '@/ui';

export default function UsersPage() {
  useTitle('Users');
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Users</h1>
          <p className="lead">Who may use this server.</p>
        </div>
      </header>
      <EmptyState title="Not here yet">
        This page is not written yet; the API has what it will show.
      </EmptyState>
    </>
  );
}
