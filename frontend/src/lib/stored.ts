/** Small settings of this browser alone. Storage may be forbidden: then they last as long as the page. */

type Listener = () => void;

export function read(name: string): string | null {
  try {
    return localStorage.getItem(`reprise.${name}`);
  } catch {
    return null;
  }
}

export function write(name: string, value: string): void {
  try {
    localStorage.setItem(`reprise.${name}`, value);
  } catch {
    // Not kept, but it holds for now.
  }
}

/** A value that is kept, and tells who is shown it when it changes. */
export function stored<T extends string>(name: string, allowed: readonly T[], first: T) {
  const listeners = new Set<Listener>();
  const kept = read(name) as T | null;
  let value: T = kept !== null && allowed.includes(kept) ? kept : first;
  return {
    get: () => value,
    set(next: T) {
      value = next;
      write(name, next);
      for (const listener of listeners) listener();
    },
    subscribe(listener: Listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
