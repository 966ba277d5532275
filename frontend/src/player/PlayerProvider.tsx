import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { read, write } from '@/lib/stored';
import { toast } from '@/ui/toasts';
import {
  addLast,
  addNext,
  current,
  EMPTY,
  hasNext,
  hasPrevious,
  type Playable,
  type Queue,
  remove,
  startWith,
  step,
} from './queue';
import { type Command, commandFor, shortcutsStore } from './shortcuts';

export type Player = {
  audio: HTMLAudioElement;
  queue: Queue;
  track: Playable | null;
  isPlaying: boolean;
  volume: number;
  isMuted: boolean;
  hasNext: boolean;
  hasPrevious: boolean;
  /** Play these, from the `at`-th on and, if wanted, from a time in it. */
  play: (tracks: readonly Playable[], at?: number, from_s?: number) => void;
  /** Go to one of the queue. */
  goTo: (at: number) => void;
  enqueue: (tracks: readonly Playable[]) => void;
  playNext: (tracks: readonly Playable[]) => void;
  removeAt: (at: number) => void;
  clear: () => void;
  toggle: () => void;
  next: () => void;
  previous: () => void;
  seek: (seconds: number) => void;
  setVolume: (volume: number) => void;
  setMuted: (muted: boolean) => void;
};

const Context = createContext<Player | null>(null);

export const audioUrl = (id: string) => `/api/v1/tracks/${encodeURIComponent(id)}/audio`;

/** Owns the one audio element of the application and what it is to play. */
export function PlayerProvider({ children }: { children: ReactNode }) {
  const [audio] = useState(() => {
    const element = new Audio();
    element.preload = 'metadata';
    element.volume = Number(read('volume') ?? 0.8);
    return element;
  });
  const [queue, setQueue] = useState<Queue>(EMPTY);
  const latest = useRef(queue);
  const state = useAudioState(audio);

  const player = useMemo<Player>(() => {
    const change = (next: Queue, from_s?: number) => {
      const [before, after] = [current(latest.current), current(next)];
      latest.current = next;
      setQueue(next);
      if (after === null) {
        audio.pause();
        audio.removeAttribute('src');
        audio.load();
      } else if (before?.id !== after.id || !audio.src) {
        audio.src = audioUrl(after.id);
        start(audio, from_s);
      } else if (from_s !== undefined) {
        audio.currentTime = from_s;
        void audio.play().catch(() => undefined);
      }
    };
    return {
      audio,
      queue,
      track: current(queue),
      ...state,
      hasNext: hasNext(queue),
      hasPrevious: hasPrevious(queue),
      play: (tracks, at = 0, from_s = 0) => change(startWith(tracks, at), from_s),
      goTo: (at) => change({ ...latest.current, at }, 0),
      enqueue: (tracks) => change(addLast(latest.current, tracks)),
      playNext: (tracks) => change(addNext(latest.current, tracks)),
      removeAt: (at) => change(remove(latest.current, at)),
      clear: () => change(EMPTY),
      toggle: () => (audio.paused ? start(audio) : audio.pause()),
      next: () => change(step(latest.current, 1)),
      previous: () => {
        // As on every deck: first to the beginning, then to the one before.
        if (audio.currentTime > 3 || !hasPrevious(latest.current)) audio.currentTime = 0;
        else change(step(latest.current, -1));
      },
      seek: (seconds) => {
        if (audio.src) audio.currentTime = Math.max(0, Math.min(audio.duration || seconds, seconds));
      },
      setVolume: (volume) => {
        audio.volume = volume;
        audio.muted = false;
        write('volume', String(volume));
      },
      setMuted: (muted) => {
        audio.muted = muted;
      },
    };
  }, [audio, queue, state]);

  useEnds(player);
  useKeys(player);
  useMediaSession(player);
  return <Context.Provider value={player}>{children}</Context.Provider>;
}

/** The player; its methods may be called from anywhere below the shell. */
export function usePlayer(): Player {
  const player = useContext(Context);
  if (!player) throw new Error('usePlayer must be below PlayerProvider');
  return player;
}

/** Where the track that is on is, in seconds; only who uses it is drawn anew as it plays. */
export function usePlayerTime(): { time_s: number; duration_s: number } {
  const { audio, track } = usePlayer();
  const time_s = useMedia(audio, ['timeupdate', 'seeking', 'seeked', 'emptied'], () => audio.currentTime);
  const heard = useMedia(audio, ['durationchange', 'emptied'], () => audio.duration);
  const duration_s = Number.isFinite(heard) ? heard : (track?.duration_ms ?? 0) / 1000;
  return { time_s, duration_s };
}

function useMedia<T>(audio: HTMLAudioElement, events: readonly string[], get: () => T): T {
  const names = events.join(' ');
  const [subscribe] = useState(() => (listener: () => void) => {
    for (const name of names.split(' ')) audio.addEventListener(name, listener);
    return () => {
      for (const name of names.split(' ')) audio.removeEventListener(name, listener);
    };
  });
  return useSyncExternalStore(subscribe, get);
}

function useAudioState(audio: HTMLAudioElement) {
  const isPlaying = useMedia(audio, ['play', 'playing', 'pause', 'ended', 'emptied'], () => !audio.paused);
  const volume = useMedia(audio, ['volumechange'], () => audio.volume);
  const isMuted = useMedia(audio, ['volumechange'], () => audio.muted);
  return useMemo(() => ({ isPlaying, volume, isMuted }), [isPlaying, volume, isMuted]);
}

function start(audio: HTMLAudioElement, from_s?: number) {
  if (from_s) {
    if (audio.readyState > 0) audio.currentTime = from_s;
    else audio.addEventListener('loadedmetadata', () => (audio.currentTime = from_s), { once: true });
  }
  // A browser may refuse to play before the first press, and another track may come first: neither is an error.
  void audio.play().catch(() => undefined);
}

function useEnds(player: Player) {
  const { audio } = player;
  const live = useRef(player);
  live.current = player;
  useEffect(() => {
    const onEnded = () => live.current.next();
    const onError = () => {
      const { track, audio: element } = live.current;
      if (!track || !element.getAttribute('src')) return;
      toast({
        kind: 'error',
        title: `“${track.title}” cannot be played`,
        detail: 'Its file is gone, or this browser does not know its format.',
      });
    };
    audio.addEventListener('ended', onEnded);
    audio.addEventListener('error', onError);
    return () => {
      audio.removeEventListener('ended', onEnded);
      audio.removeEventListener('error', onError);
    };
  }, [audio]);
}

function useKeys(player: Player) {
  const live = useRef(player);
  live.current = player;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const { track, audio } = live.current;
      if (!track || shortcutsStore.get() === 'off') return;
      const command = commandFor(event);
      if (command === null) return;
      event.preventDefault();
      obey(live.current, command, audio.currentTime);
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}

function obey(player: Player, command: Command, now_s: number) {
  const seeks: Partial<Record<Command, number>> = {
    back: -10,
    forward: 10,
    'step-back': -5,
    'step-forward': 5,
  };
  const by = seeks[command];
  if (by !== undefined) player.seek(now_s + by);
  else if (command === 'toggle') player.toggle();
  else if (command === 'next') player.next();
  else if (command === 'previous') player.previous();
  else player.setMuted(!player.isMuted);
}

/** The keys of headsets and keyboards, and what the system shows of what is on. */
function useMediaSession(player: Player) {
  const live = useRef(player);
  live.current = player;
  const { track } = player;
  useEffect(() => {
    if (!('mediaSession' in navigator) || typeof MediaMetadata === 'undefined') return;
    navigator.mediaSession.metadata = track
      ? new MediaMetadata({ title: track.title, artist: track.artist?.name ?? '' })
      : null;
  }, [track]);
  useEffect(() => {
    if (!('mediaSession' in navigator)) return;
    const session = navigator.mediaSession;
    session.setActionHandler('nexttrack', () => live.current.next());
    session.setActionHandler('previoustrack', () => live.current.previous());
    return () => {
      session.setActionHandler('nexttrack', null);
      session.setActionHandler('previoustrack', null);
    };
  }, []);
}
