import type { TrackSummary } from '@/api/types';

/** What the player must know of a track; every `TrackSummary` will do. */
export type Playable = Pick<TrackSummary, 'id' | 'title' | 'duration_ms'> & {
  artist: { id: string; name: string } | null;
};

/** What is to be played, in order, and which of it is on. `at` is -1 while nothing is. */
export type Queue = { tracks: readonly Playable[]; at: number };

export const EMPTY: Queue = { tracks: [], at: -1 };

export const current = (queue: Queue): Playable | null => queue.tracks[queue.at] ?? null;

/** Play these from the `at`-th on, instead of what there was. */
export function startWith(tracks: readonly Playable[], at = 0): Queue {
  if (tracks.length === 0) return EMPTY;
  return { tracks: [...tracks], at: Math.max(0, Math.min(tracks.length - 1, at)) };
}

export const hasNext = (queue: Queue) => queue.at + 1 < queue.tracks.length;
export const hasPrevious = (queue: Queue) => queue.at > 0;

/** Go on by `by` tracks; at an end the queue stays as it is. */
export function step(queue: Queue, by: 1 | -1): Queue {
  const at = queue.at + by;
  return queue.tracks[at] ? { ...queue, at } : queue;
}

export function addLast(queue: Queue, tracks: readonly Playable[]): Queue {
  if (queue.at < 0) return startWith(tracks);
  return { ...queue, tracks: [...queue.tracks, ...tracks] };
}

/** Put these after the one that is on. */
export function addNext(queue: Queue, tracks: readonly Playable[]): Queue {
  if (queue.at < 0) return startWith(tracks);
  return { ...queue, tracks: queue.tracks.toSpliced(queue.at + 1, 0, ...tracks) };
}

/** Take one out; if it was on, the one after it is, or the one before it if it was the last. */
export function remove(queue: Queue, index: number): Queue {
  if (!queue.tracks[index]) return queue;
  const tracks = queue.tracks.toSpliced(index, 1);
  if (tracks.length === 0) return EMPTY;
  const at = index < queue.at ? queue.at - 1 : queue.at;
  return { tracks, at: Math.min(at, tracks.length - 1) };
}
