import { useSyncExternalStore } from 'react';
import { themeStore } from '@/lib/theme';

/** What a colour of the design is now, for canvases: they know no CSS variables. */
export function cssColour(name: string, near: Element = document.documentElement): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  near.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

/** "dark" or "light"; what draws on a canvas draws again when it changes. */
export function useThemeNow(): 'dark' | 'light' {
  return useSyncExternalStore(themeStore.subscribe, themeStore.shown);
}
