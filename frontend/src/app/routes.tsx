import { type ComponentType, lazy } from 'react';
import { createBrowserRouter, type RouteObject } from 'react-router';
import { PageError } from './ErrorBoundary';
import { RequireSession } from './RequireSession';
import { Shell } from './Shell';

type Module = { default: ComponentType };

/** A page is a file of its own that is fetched when it is first opened. */
function page(path: string, load: () => Promise<Module>): RouteObject {
  const Page = lazy(load);
  return { path, element: <Page />, errorElement: <PageError /> };
}

const pages: RouteObject[] = [
  page('/', () => import('@/pages/home')),
  page('/search', () => import('@/pages/search')),
  page('/jobs/:id', () => import('@/pages/job')),
  page('/tracks/:id', () => import('@/pages/track')),
  page('/tracks/:id/correct', () => import('@/pages/correct')),
  page('/tracks/:id/audience', () => import('@/pages/audience')),
  page('/library', () => import('@/pages/library')),
  page('/map', () => import('@/pages/map')),
  page('/clusters', () => import('@/pages/clusters')),
  page('/playlists', () => import('@/pages/playlists')),
  page('/playlists/:id', () => import('@/pages/playlist')),
  page('/models', () => import('@/pages/models')),
  page('/models/:run', () => import('@/pages/run')),
  page('/about', () => import('@/pages/about')),
  page('/settings', () => import('@/pages/settings')),
  page('/users', () => import('@/pages/users')),
];

/** Pages that need nobody to be signed in. */
const open: RouteObject[] = [
  page('/login', () => import('@/pages/login')),
  page('*', () => import('@/pages/not-found')),
];
if (import.meta.env.DEV) open.push(page('/dev/components', () => import('@/dev/components')));

export const createRouter = () =>
  createBrowserRouter([
    {
      element: <Shell />,
      errorElement: <PageError />,
      children: [{ element: <RequireSession />, errorElement: <PageError />, children: pages }, ...open],
    },
  ]);
