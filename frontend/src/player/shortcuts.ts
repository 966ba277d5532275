import { stored } from '@/lib/stored';

export type Command =
  | 'toggle'
  | 'back'
  | 'forward'
  | 'step-back'
  | 'step-forward'
  | 'next'
  | 'previous'
  | 'mute';

/** Whether single keys work the player; people who speak to their computer need them off. */
export const shortcutsStore = stored<'on' | 'off'>('shortcuts', ['on', 'off'], 'on');

export const SHORTCUTS: readonly { keys: string; does: string }[] = [
  { keys: 'Space or K', does: 'play, pause' },
  { keys: 'J / L', does: '10 seconds back / forward' },
  { keys: '← / →', does: '5 seconds back / forward' },
  { keys: 'Shift N / Shift P', does: 'next / previous track' },
  { keys: 'M', does: 'sound off, on' },
];

const KEYS: Record<string, Command> = {
  ' ': 'toggle',
  k: 'toggle',
  j: 'back',
  l: 'forward',
  ArrowLeft: 'step-back',
  ArrowRight: 'step-forward',
  N: 'next',
  P: 'previous',
  m: 'mute',
};

const TYPED_INTO =
  'input, textarea, select, [contenteditable=""], [contenteditable="true"], [role="combobox"]';
/** What answers to Space and the arrows itself. */
const PRESSED =
  'a[href], button, summary, audio, video, [tabindex], [role="slider"], [role="tab"], [role^="menu"]';

/** What a key asks of the player: nothing where somebody types, or where the key has a meaning of its own. */
export function commandFor(event: KeyboardEvent): Command | null {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return null;
  const command = KEYS[event.key] ?? null;
  if (command === null) return null;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest(TYPED_INTO) || target?.closest('dialog')) return null;
  const hasMeaning = event.key === ' ' || event.key.startsWith('Arrow');
  // The main part takes the focus when a page opens, but answers to no key.
  const pressed = target?.closest(PRESSED);
  if (hasMeaning && pressed && pressed.tagName !== 'MAIN') return null;
  return command;
}
