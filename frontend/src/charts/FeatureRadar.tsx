import { unit } from '@/lib/format';

export type RadarAxis = { label: string; value: number | null; low?: number | null; high?: number | null };

const SIZE = 320;
const CENTRE = SIZE / 2;
const RADIUS = 98;

function point(at: number, of: number, value: number): [number, number] {
  const angle = (at / of) * 2 * Math.PI - Math.PI / 2;
  return [CENTRE + Math.cos(angle) * RADIUS * value, CENTRE + Math.sin(angle) * RADIUS * value];
}

const path = (values: number[]) =>
  `${values.map((value, at) => `${at ? 'L' : 'M'}${point(at, values.length, value).map((n) => n.toFixed(1))}`).join('')}Z`;

/** Values of 0..1 around a circle with the band of their intervals; `compare` is drawn over them, dashed. */
export function FeatureRadar({
  title,
  axes,
  compare,
}: {
  title: string;
  axes: readonly RadarAxis[];
  compare?: { title: string; values: readonly (number | null)[] };
}) {
  const hasBand = axes.some((axis) => axis.low != null && axis.high != null);
  const outer = path(axes.map((axis) => axis.high ?? axis.value ?? 0));
  const inner = path(axes.map((axis) => axis.low ?? axis.value ?? 0));
  return (
    <figure className="radar">
      <svg viewBox={`0 0 ${SIZE} ${SIZE}`} aria-hidden="true" focusable="false">
        {[0.25, 0.5, 0.75, 1].map((ring) => (
          <circle
            key={ring}
            cx={CENTRE}
            cy={CENTRE}
            r={RADIUS * ring}
            className={ring === 1 ? 'ring edge' : 'ring'}
          />
        ))}
        {axes.map((axis, at) => {
          const [x, y] = point(at, axes.length, 1);
          const [lx, ly] = point(at, axes.length, 1.15);
          const anchor = Math.abs(lx - CENTRE) < 12 ? 'middle' : lx > CENTRE ? 'start' : 'end';
          return (
            <g key={axis.label}>
              <line x1={CENTRE} y1={CENTRE} x2={x} y2={y} className="spoke" />
              <text x={lx} y={ly} textAnchor={anchor} dominantBaseline="middle">
                {axis.label}
              </text>
            </g>
          );
        })}
        {hasBand && <path d={`${outer}${inner}`} fillRule="evenodd" className="band" />}
        <path d={path(axes.map((axis) => axis.value ?? 0))} className="shape" />
        {compare && <path d={path(compare.values.map((value) => value ?? 0))} className="compare" />}
        {axes.map((axis, at) => {
          if (axis.value === null) return null;
          const [x, y] = point(at, axes.length, axis.value);
          return <circle key={axis.label} cx={x} cy={y} r={3.5} className="dot" />;
        })}
      </svg>
      <table className="visually-hidden">
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col">Feature</th>
            <th scope="col">Value</th>
            {hasBand && <th scope="col">80 % interval</th>}
            {compare && <th scope="col">{compare.title}</th>}
          </tr>
        </thead>
        <tbody>
          {axes.map((axis, at) => (
            <tr key={axis.label}>
              <th scope="row">{axis.label}</th>
              <td>{unit(axis.value)}</td>
              {hasBand && (
                <td>
                  {unit(axis.low)} to {unit(axis.high)}
                </td>
              )}
              {compare && <td>{unit(compare.values[at])}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
