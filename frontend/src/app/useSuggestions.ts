import { useEffect, useState } from 'react';
import { api, take } from '@/api/client';
import type { Suggestion } from '@/api/types';

const PAUSE_MS = 80;

export type AskSuggestions = (q: string, signal: AbortSignal) => Promise<Suggestion[]>;

export const askLibrary: AskSuggestions = (q, signal) =>
  take(api.GET('/api/v1/suggest', { params: { query: { q, limit: 8 } }, signal }));

/** What the library suggests for what is typed so far: asked after a pause, and an answer that comes too late is dropped. */
export function useSuggestions(q: string, ask: AskSuggestions = askLibrary): readonly Suggestion[] {
  const [found, setFound] = useState<readonly Suggestion[]>([]);
  const text = q.trim();
  useEffect(() => {
    if (text === '') {
      setFound([]);
      return;
    }
    const controller = new AbortController();
    const timer = setTimeout(() => {
      ask(text, controller.signal).then(
        (suggestions) => {
          if (!controller.signal.aborted) setFound(suggestions);
        },
        () => {
          // Suggestions are a help: without them one can still search.
          if (!controller.signal.aborted) setFound([]);
        },
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [text, ask]);
  return found;
}
