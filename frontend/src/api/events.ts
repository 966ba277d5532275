import { useEffect, useEffectEvent } from 'react';

/**
 * Listen to server-sent events while the component is shown; the browser comes back by itself after a break.
 *
 * @param url where they come from, or null to listen to nothing.
 * @param event the events' name.
 * @param onData what to do with the JSON of each; return true when it was the last one.
 */
export function useServerEvents<T>(
  url: string | null,
  event: string,
  onData: (data: T) => boolean | undefined,
): void {
  const handle = useEffectEvent(onData);
  useEffect(() => {
    if (url === null) return;
    const source = new EventSource(url);
    source.addEventListener(event, (message) => {
      // Left open, a browser would ask again for ever after the last event.
      if (handle(JSON.parse((message as MessageEvent<string>).data) as T)) source.close();
    });
    return () => source.close();
  }, [url, event]);
}
