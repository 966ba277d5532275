import { useTitle } from '@/lib/useTitle';
import { ButtonLink, EmptyState } from '@/ui';

export default function NotFoundPage() {
  useTitle('Not found');
  return (
    <>
      <h1>There is no such page</h1>
      <EmptyState icon="search" title="404" action={<ButtonLink to="/">Go home</ButtonLink>}>
        The address is mistyped, or what was here is gone.
      </EmptyState>
    </>
  );
}
