/** The address to go to after signing in: only one inside this application, whatever a link says. */
export function insideAddress(next: string | null): string {
  if (next === null) return '/';
  const here = 'http://inside.invalid';
  try {
    const url = new URL(next, here);
    if (url.origin !== here || !next.startsWith('/')) return '/';
    return url.pathname + url.search;
  } catch {
    return '/';
  }
}
