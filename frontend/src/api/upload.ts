import { csrfToken } from './client';
import { toProblem } from './problem';
import type { Job } from './types';

/**
 * Send a file to be analysed. `fetch` tells nothing of the progress of what is sent, hence XMLHttpRequest.
 *
 * @param onProgress called with the fraction sent, 0..1.
 * @throws ProblemError what the server answered; `AbortError` when `signal` says so.
 */
export function uploadFile(
  file: File,
  onProgress: (fraction: number) => void,
  signal?: AbortSignal,
): Promise<Job> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', '/api/v1/uploads');
    request.responseType = 'json';
    request.setRequestHeader('X-CSRFToken', csrfToken());
    request.upload.addEventListener('progress', (event) => {
      if (event.lengthComputable && event.total > 0) onProgress(event.loaded / event.total);
    });
    request.addEventListener('load', () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as Job);
      else reject(toProblem(request.response, request.status));
    });
    request.addEventListener('error', () => reject(new TypeError('The connection broke')));
    request.addEventListener('abort', () => reject(new DOMException('Cancelled', 'AbortError')));
    signal?.addEventListener('abort', () => request.abort());
    const form = new FormData();
    form.append('file', file);
    request.send(form);
  });
}
