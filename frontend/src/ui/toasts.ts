/** Short messages at the edge, and words for screen readers. A store outside React, so that the cache may use it. */

export type Toast = { id: number; kind: 'info' | 'error'; title: string; detail?: string };

type Listener = () => void;

const listeners = new Set<Listener>();
let shown: readonly Toast[] = [];
let spoken = '';
let nextId = 1;

function changed() {
  for (const listener of listeners) listener();
}

/** Show a message. Errors stay until they are closed, others go after some seconds. */
export function toast(message: Omit<Toast, 'id'>): number {
  const id = nextId++;
  const repeated = shown.filter((other) => other.title !== message.title || other.detail !== message.detail);
  shown = [...repeated, { id, ...message }].slice(-4);
  changed();
  if (message.kind === 'info') setTimeout(() => dismiss(id), 6000);
  return id;
}

export function dismiss(id: number): void {
  shown = shown.filter((other) => other.id !== id);
  changed();
}

/** Have screen readers say something that others see happen: "12 tracks found". */
export function announce(text: string): void {
  // The same words twice are read twice only if the text changes.
  spoken = spoken === text ? `${text}\u00a0` : text;
  changed();
}

export const toastStore = {
  subscribe(listener: Listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  toasts: () => shown,
  announcement: () => spoken,
};
