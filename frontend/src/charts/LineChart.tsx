import { useId, useRef } from 'react';
import { extent, tickLabel, ticks } from './scale';
import { useWidth } from './useWidth';

export type Series = { name: string; x: readonly number[]; y: readonly (number | null)[]; dashed?: boolean };

const [HEIGHT, LEFT, RIGHT, TOP, BASE] = [280, 52, 12, 12, 40];
const DASHES = ['', '7 4', '2 4', '10 3 2 3'];

function draw(series: Series, x: (value: number) => number, y: (value: number) => number): string {
  let isDown = false;
  let path = '';
  series.x.forEach((value, at) => {
    const height = series.y[at];
    if (height == null || !Number.isFinite(height)) {
      isDown = false;
      return;
    }
    path += `${isDown ? 'L' : 'M'}${x(value).toFixed(1)},${y(height).toFixed(1)}`;
    isDown = true;
  });
  return path;
}

/** Several lines over one axis, a legend, and the last value of each for who cannot see them. Gaps stay gaps. */
export function LineChart({
  title,
  series,
  xLabel,
  yLabel,
  yRange,
}: {
  title: string;
  series: readonly Series[];
  xLabel: string;
  yLabel: string;
  yRange?: [number, number];
}) {
  const id = useId();
  const figure = useRef<HTMLElement>(null);
  const width = useWidth(figure, 640);
  const [x0, x1] = extent(series.flatMap((line) => line.x));
  const [y0, y1] = yRange ?? extent(series.flatMap((line) => line.y));
  const x = (value: number) => LEFT + ((value - x0) / (x1 - x0)) * (width - LEFT - RIGHT);
  const y = (value: number) => TOP + (1 - (value - y0) / (y1 - y0)) * (HEIGHT - TOP - BASE);
  return (
    <figure ref={figure} className="line-chart" aria-labelledby={id}>
      <figcaption id={id} className="visually-hidden">
        {title}
      </figcaption>
      <svg viewBox={`0 0 ${width} ${HEIGHT}`} aria-hidden="true" focusable="false">
        {ticks(y0, y1).map((tick) => (
          <g key={tick}>
            <line x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} className="grid-line" />
            <text x={LEFT - 8} y={y(tick)} textAnchor="end" dominantBaseline="middle">
              {tickLabel(tick)}
            </text>
          </g>
        ))}
        {ticks(x0, x1, width < 480 ? 4 : 7).map((tick) => (
          <text key={tick} x={x(tick)} y={HEIGHT - BASE + 17} textAnchor="middle">
            {tickLabel(tick)}
          </text>
        ))}
        <line x1={LEFT} x2={width - RIGHT} y1={HEIGHT - BASE} y2={HEIGHT - BASE} className="axis" />
        <text x={width - RIGHT} y={HEIGHT - 5} textAnchor="end">
          {xLabel}
        </text>
        <text x={-TOP} y={11} textAnchor="end" transform="rotate(-90)">
          {yLabel}
        </text>
        {series.map((line, at) => (
          <path
            key={line.name}
            d={draw(line, x, y)}
            className={`line c${(at % 8) + 1}`}
            strokeDasharray={line.dashed ? '5 4' : DASHES[Math.floor(at / 8) % DASHES.length]}
          />
        ))}
      </svg>
      <ul className="legend">
        {series.map((line, at) => (
          <li key={line.name}>
            <span className={`swatch c${(at % 8) + 1}`} aria-hidden="true" />
            {line.name}
            <span className="number quiet">{lastValue(line)}</span>
          </li>
        ))}
      </ul>
    </figure>
  );
}

function lastValue(series: Series): string {
  const last = series.y.findLast((value) => value !== null);
  return last == null ? '' : String(Number(last.toPrecision(4)));
}
