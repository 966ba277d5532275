import { Navigate, Outlet, useLocation } from 'react-router';
import { useSession } from '@/api/queries';
import { Loaded } from '@/ui/States';

/** Strangers of a public server are asked who they are; everybody else passes. */
export function RequireSession() {
  const session = useSession();
  const { pathname, search } = useLocation();
  return (
    <Loaded query={session}>
      {({ user }) => {
        if (user) return <Outlet />;
        const back = pathname === '/' ? '' : `?next=${encodeURIComponent(pathname + search)}`;
        return <Navigate to={`/login${back}`} replace />;
      }}
    </Loaded>
  );
}
