import createClient, { type Middleware } from 'openapi-fetch';
import { toProblem } from './problem';
import type { paths } from './schema';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The token that goes back with everything that changes something; the server sets it as a cookie. */
export function csrfToken(cookies: string = document.cookie): string {
  const found = cookies.split('; ').find((cookie) => cookie.startsWith('reprise_csrf='));
  return found ? decodeURIComponent(found.slice('reprise_csrf='.length)) : '';
}

const sendCsrf: Middleware = {
  onRequest({ request }) {
    if (!SAFE.has(request.method)) request.headers.set('X-CSRFToken', csrfToken());
    return request;
  },
};

/**
 * The typed client of the API. Paths, parameters and answers come from `schema.d.ts`:
 * `await take(api.GET('/api/v1/tracks/{track_id}', { params: { path: { track_id } }, signal }))`.
 */
export const api = createClient<paths>({
  baseUrl: typeof location === 'undefined' ? '' : location.origin,
  credentials: 'same-origin',
  // Looked up at each call, so that tests may put their own in its place.
  fetch: (request) => globalThis.fetch(request),
});
api.use(sendCsrf);

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** Unwrap an answer: the data, or a thrown `ProblemError`. */
export async function take<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (!response.ok) throw toProblem(error, response.status);
  return data as T;
}
