import { useSyncExternalStore } from 'react';
import { themeStore } from '@/lib/theme';
import { useTitle } from '@/lib/useTitle';
import { shortcutsStore } from '@/player';
import { Segments, Switch } from '@/ui';

export default function SettingsPage() {
  useTitle('Settings');
  const theme = useSyncExternalStore(themeStore.subscribe, themeStore.choice);
  const shortcuts = useSyncExternalStore(shortcutsStore.subscribe, shortcutsStore.get);
  return (
    <div className="stack gap-l narrow">
      <h1>Settings</h1>
      <section className="card stack">
        <h2>This browser</h2>
        <Segments
          label="Colours"
          value={theme}
          onValue={themeStore.set}
          options={[
            { value: 'system', label: 'As the system' },
            { value: 'light', label: 'Light' },
            { value: 'dark', label: 'Dark' },
          ]}
        />
        <Switch
          label="Single keys work the player"
          checked={shortcuts === 'on'}
          onValue={(on) => shortcutsStore.set(on ? 'on' : 'off')}
        />
      </section>
    </div>
  );
}
