export { PlayButton } from './PlayButton';
export { audioUrl, PlayerProvider, usePlayer, usePlayerTime } from './PlayerProvider';
export type { Playable } from './queue';
export { SHORTCUTS, shortcutsStore } from './shortcuts';
