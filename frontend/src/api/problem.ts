import type { Problem } from './types';

/** An answer of the API that is no success, as `application/problem+json` has it (RFC 9457). */
export class ProblemError extends Error {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly errors: Problem['errors'];

  constructor(problem: Problem) {
    super(problem.detail || problem.title);
    this.name = 'ProblemError';
    this.status = problem.status;
    this.title = problem.title;
    this.detail = problem.detail;
    this.errors = problem.errors;
  }
}

/** Make a problem of whatever a server answered; proxies and crashes do not speak problem+json. */
export function toProblem(body: unknown, status: number): ProblemError {
  const given = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const text = (name: string) => (typeof given[name] === 'string' ? (given[name] as string) : '');
  const title = text('title') || (status >= 500 ? 'The server made an error' : 'That did not work');
  return new ProblemError({
    type: text('type') || 'about:blank',
    title,
    status,
    detail: text('detail'),
    errors: Array.isArray(given.errors) ? (given.errors as Problem['errors']) : null,
  });
}

/** Title and detail for people, whatever was thrown. */
export function describe(error: unknown): { title: string; detail: string } {
  if (error instanceof ProblemError) return { title: error.title, detail: error.detail };
  if (error instanceof TypeError)
    return {
      title: 'The server cannot be reached',
      detail: 'Is Reprise still running? Try again in a moment.',
    };
  if (error instanceof Error) return { title: 'Something went wrong', detail: error.message };
  return { title: 'Something went wrong', detail: '' };
}
