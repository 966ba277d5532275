import type { MapPoints } from '@/api/types';

export type Colouring = 'genre' | 'mood' | 'cluster';

/** Told apart on light and dark, also by people who see red and green alike (after Tol, 2021, in other lightness). */
const PALETTE = [
  '#4477aa',
  '#ee6677',
  '#228833',
  '#ccbb44',
  '#66ccee',
  '#aa3377',
  '#ee7733',
  '#009988',
  '#997700',
  '#6f4fb0',
  '#cc6677',
  '#44aa99',
];
const REST = '#8a8f98';
const MOODS = ['', 'happy and lively', 'tense and lively', 'sad and calm', 'content and calm'];
const MOOD_COLOURS = [REST, '#ccbb44', '#ee6677', '#4477aa', '#228833'];

export type Entry = { label: string; colour: string; count: number };

function column(points: MapPoints, by: Exclude<Colouring, 'mood'>): readonly number[] {
  return by === 'genre' ? points.genre : points.cluster;
}

const ranks = new WeakMap<MapPoints, Partial<Record<Colouring, Map<number, number>>>>();

/** The most frequent values get the colours, the same ones each time. */
function ranking(points: MapPoints, by: Exclude<Colouring, 'mood'>): Map<number, number> {
  const kept = ranks.get(points) ?? {};
  ranks.set(points, kept);
  const known = kept[by];
  if (known) return known;
  const counts = new Map<number, number>();
  for (const value of column(points, by)) if (value >= 0) counts.set(value, (counts.get(value) ?? 0) + 1);
  const order = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([value]) => value);
  const made = new Map(order.map((value, rank) => [value, rank]));
  kept[by] = made;
  return made;
}

export function colourOf(points: MapPoints, by: Colouring, at: number): string {
  if (by === 'mood') return MOOD_COLOURS[points.quadrant[at] ?? 0] ?? REST;
  const rank = ranking(points, by).get(column(points, by)[at] ?? -1);
  return rank === undefined ? REST : (PALETTE[rank] ?? REST);
}

export function legend(points: MapPoints, by: Colouring): Entry[] {
  const entries = new Map<string, Entry>();
  points.id.forEach((_, at) => {
    const colour = colourOf(points, by, at);
    const label = colour === REST ? 'others' : labelOf(points, by, at);
    const entry = entries.get(label) ?? { label, colour, count: 0 };
    entry.count += 1;
    entries.set(label, entry);
  });
  return [...entries.values()].sort(
    (a, b) => Number(a.label === 'others') - Number(b.label === 'others') || b.count - a.count,
  );
}

function labelOf(points: MapPoints, by: Colouring, at: number): string {
  if (by === 'mood') return MOODS[points.quadrant[at] ?? 0] ?? 'others';
  if (by === 'genre') return points.genres[points.genre[at] ?? -1] ?? 'others';
  return `cluster ${points.cluster[at]}`;
}
