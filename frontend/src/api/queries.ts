import {
  MutationCache,
  QueryCache,
  QueryClient,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { toast } from '@/ui/toasts';
import { api, take } from './client';
import { describe, ProblemError } from './problem';

declare module '@tanstack/react-query' {
  interface Register {
    /** `quiet`: the page shows the error itself, no toast. */
    mutationMeta: { quiet?: boolean };
  }
}

function retry(failures: number, error: Error): boolean {
  return !(error instanceof ProblemError && error.status < 500) && failures < 2;
}

/** The cache of answers: failed changes become toasts, an ended session is asked for again. */
export function createQueryClient(): QueryClient {
  const onUnauthorised = (error: Error) => {
    if (error instanceof ProblemError && error.status === 401)
      void client.invalidateQueries({ queryKey: keys.session });
  };
  const client: QueryClient = new QueryClient({
    defaultOptions: { queries: { retry, staleTime: 15_000, refetchOnWindowFocus: false } },
    queryCache: new QueryCache({ onError: onUnauthorised }),
    mutationCache: new MutationCache({
      onError: (error, _variables, _result, mutation) => {
        onUnauthorised(error);
        if (!mutation.meta?.quiet) toast({ kind: 'error', ...describe(error) });
      },
    }),
  });
  return client;
}

/** The first parts of the keys; invalidate `keys.tracks` and every list of tracks is asked for again. */
export const keys = {
  session: ['session'] as const,
  status: ['status'] as const,
  tracks: ['tracks'] as const,
  track: (id: string) => ['tracks', id] as const,
  jobs: ['jobs'] as const,
  job: (id: string) => ['jobs', id] as const,
  playlists: ['playlists'] as const,
  playlist: (id: string) => ['playlists', id] as const,
  groups: ['groups'] as const,
  models: ['models'] as const,
};

export function useSession() {
  return useQuery({
    queryKey: keys.session,
    queryFn: ({ signal }) => take(api.GET('/api/v1/session', { signal })),
    staleTime: 5 * 60_000,
  });
}

/** Whether the one who asks may do what only owners may; hide such controls from others. */
export function useIsOwner(): boolean {
  return useSession().data?.user?.role === 'owner';
}

export function useStatus() {
  return useQuery({
    queryKey: keys.status,
    queryFn: ({ signal }) => take(api.GET('/api/v1/status', { signal })),
    refetchInterval: (query) => (query.state.data?.queued ? 5_000 : 60_000),
  });
}

export function useLogin() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; password: string }) => take(api.POST('/api/v1/session', { body })),
    meta: { quiet: true },
    onSuccess: (session) => {
      client.clear();
      client.setQueryData(keys.session, session);
    },
  });
}

export function useLogout() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => take(api.DELETE('/api/v1/session')),
    onSuccess: () => client.resetQueries(),
  });
}
