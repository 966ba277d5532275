import { useRef } from 'react';
import { count, decimal } from '@/lib/format';
import { tickLabel, ticks } from './scale';
import { useWidth } from './useWidth';

const [HEIGHT, BASE, TOP] = [150, 22, 8];

/**
 * How often values fall between edges. `marker` is the value of one track or the median; `selected` a range of
 * values that is drawn strong; `onSelect` makes the bars buttons that give their range.
 */
export function Histogram({
  title,
  edges,
  counts,
  unit = '',
  marker,
  markerLabel = 'median',
  selected,
  onSelect,
  formatTick = tickLabel,
}: {
  title: string;
  edges: readonly number[];
  counts: readonly number[];
  unit?: string;
  marker?: number | null;
  markerLabel?: string;
  selected?: readonly [number, number] | null;
  onSelect?: (low: number, high: number) => void;
  formatTick?: (value: number) => string;
}) {
  const figure = useRef<HTMLElement>(null);
  const width = useWidth(figure, 360);
  const low = edges[0] ?? 0;
  const high = edges.at(-1) ?? 1;
  const most = Math.max(1, ...counts);
  const x = (value: number) => ((value - low) / (high - low || 1)) * width;
  const height = (n: number) => (n / most) * (HEIGHT - BASE - TOP);
  const total = counts.reduce((sum, n) => sum + n, 0);
  const known = typeof marker === 'number';
  const summary = `${title}: ${count(total)} tracks between ${tickLabel(low)} and ${tickLabel(high)} ${unit}${
    known ? `, ${markerLabel} ${decimal(marker, 2)}` : ''
  }.`;
  return (
    <figure ref={figure} className="histogram">
      <svg viewBox={`0 0 ${width} ${HEIGHT}`} role={onSelect ? 'group' : 'img'} aria-label={summary}>
        {counts.map((n, at) => {
          const [from, to] = [edges[at] ?? 0, edges[at + 1] ?? 0];
          const isIn = !selected || (from >= selected[0] - 1e-9 && to <= selected[1] + 1e-9);
          const words = `${tickLabel(from)} to ${tickLabel(to)} ${unit}: ${count(n)}`;
          const bar = (
            <>
              <rect x={x(from)} y={0} width={x(to) - x(from)} height={HEIGHT - BASE} className="reach" />
              <rect
                x={x(from) + 0.75}
                y={HEIGHT - BASE - height(n)}
                width={Math.max(0.5, x(to) - x(from) - 1.5)}
                height={height(n)}
                className={isIn ? 'bar' : 'bar faint'}
              />
              <title>{words}</title>
            </>
          );
          if (!onSelect) return <g key={at}>{bar}</g>;
          return (
            <g
              key={at}
              role="button"
              tabIndex={0}
              aria-label={words}
              className="press"
              onClick={() => onSelect(from, to)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' && event.key !== ' ') return;
                event.preventDefault();
                onSelect(from, to);
              }}
            >
              {bar}
            </g>
          );
        })}
        <line x1={0} x2={width} y1={HEIGHT - BASE} y2={HEIGHT - BASE} className="axis" />
        {ticks(low, high, 5).map((tick) => {
          const place = x(tick);
          const anchor = place < 14 ? 'start' : place > width - 14 ? 'end' : 'middle';
          return (
            <text key={tick} x={place} y={HEIGHT - 6} textAnchor={anchor}>
              {formatTick(tick)}
            </text>
          );
        })}
        {known && (
          <g className="marker">
            <line x1={x(marker)} x2={x(marker)} y1={0} y2={HEIGHT - BASE} />
            <path d={`M${x(marker) - 5} 0h10l-5 7z`} />
          </g>
        )}
      </svg>
    </figure>
  );
}
