import { useEffect } from 'react';

/** What the tab is called while this page is open. */
export function useTitle(title: string | null | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · Reprise` : 'Reprise';
  }, [title]);
}
