import { stored } from './stored';

export type ThemeChoice = 'system' | 'light' | 'dark';

const choice = stored<ThemeChoice>('theme', ['system', 'light', 'dark'], 'system');
const systemIsDark = () => window.matchMedia('(prefers-color-scheme: dark)');

function apply() {
  const root = document.documentElement;
  if (choice.get() === 'system') delete root.dataset.theme;
  else root.dataset.theme = choice.get();
}

/** Light or dark: what the user chose, what is shown. */
export const themeStore = {
  choice: choice.get,
  set: choice.set,
  shown(): 'dark' | 'light' {
    const chosen = choice.get();
    if (chosen !== 'system') return chosen;
    return systemIsDark().matches ? 'dark' : 'light';
  },
  subscribe(listener: () => void) {
    const stop = choice.subscribe(listener);
    const system = systemIsDark();
    system.addEventListener('change', listener);
    return () => {
      stop();
      system.removeEventListener('change', listener);
    };
  },
};

choice.subscribe(apply);
apply();
