import type { ReactNode } from 'react';
import type { Scored } from '@/api/types';
import { percent, title } from '@/lib/format';

export type Bar = { label: ReactNode; key: string; value: number; text: string };

/** Names with a bar each: a list that reads as one. */
export function Bars({ label, bars }: { label: string; bars: readonly Bar[] }) {
  return (
    <ol className="bars" aria-label={label}>
      {bars.map((bar) => (
        <li key={bar.key}>
          <span className="bars-label">{bar.label}</span>
          <span className="bars-track" aria-hidden="true">
            <span className="bars-fill" style={{ width: `${Math.max(0, Math.min(1, bar.value)) * 100}%` }} />
          </span>
          <span className="bars-value number">{bar.text}</span>
        </li>
      ))}
    </ol>
  );
}

/** Genres (or tags) with their probabilities, the likeliest first. */
export function GenreBars({
  items,
  limit = 8,
  label = 'Genre probabilities',
  link,
}: {
  items: readonly Scored[];
  limit?: number;
  label?: string;
  /** What a name looks like, for instance a link to the search for it. */
  link?: (name: string) => ReactNode;
}) {
  const shown = [...items].sort((a, b) => b.score - a.score).slice(0, limit);
  return (
    <Bars
      label={label}
      bars={shown.map(({ name, score }) => ({
        key: name,
        label: link?.(name) ?? title(name),
        value: score,
        text: percent(score),
      }))}
    />
  );
}

/** Values that it may be, each with a confidence: tempo, key. */
export function CandidateList({
  label,
  items,
}: {
  label: string;
  items: readonly { label: string; confidence: number | null }[];
}) {
  return (
    <Bars
      label={label}
      bars={items.map((item) => ({
        key: item.label,
        label: item.label,
        value: item.confidence ?? 0,
        text: percent(item.confidence),
      }))}
    />
  );
}
