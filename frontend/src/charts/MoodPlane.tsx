import { unit } from '@/lib/format';

export type MoodPoint = { valence: number; arousal: number; label?: string };

const SIZE = 300;
const EDGE = 26;
const INNER = SIZE - 2 * EDGE;
const x = (valence: number) => EDGE + valence * INNER;
const y = (arousal: number) => EDGE + (1 - arousal) * INNER;

const CORNERS = [
  { at: [0.75, 0.93], words: 'happy, lively' },
  { at: [0.25, 0.93], words: 'tense, angry' },
  { at: [0.25, 0.05], words: 'sad, gloomy' },
  { at: [0.75, 0.05], words: 'calm, content' },
] as const;

/** The plane of Russell (1980): valence to the right, arousal upwards, both 0..1. `others` are drawn faintly. */
export function MoodPlane({
  point,
  others = [],
  quadrant,
}: {
  point: MoodPoint | null;
  others?: readonly MoodPoint[];
  quadrant?: string;
}) {
  const words = point
    ? `Mood: valence ${unit(point.valence)}, arousal ${unit(point.arousal)}${quadrant ? `, ${quadrant}` : ''}.`
    : 'Mood: not known.';
  return (
    <figure className="mood">
      <svg viewBox={`0 0 ${SIZE} ${SIZE}`} role="img" aria-label={words}>
        <rect x={EDGE} y={EDGE} width={INNER} height={INNER} className="plane" />
        {[0.25, 0.5, 0.75].map((value) => (
          <g key={value} className={value === 0.5 ? 'axis' : 'grid-line'}>
            <line x1={x(value)} x2={x(value)} y1={EDGE} y2={SIZE - EDGE} />
            <line y1={y(value)} y2={y(value)} x1={EDGE} x2={SIZE - EDGE} />
          </g>
        ))}
        {CORNERS.map((corner) => (
          <text
            key={corner.words}
            x={x(corner.at[0])}
            y={y(corner.at[1])}
            textAnchor="middle"
            className="corner"
          >
            {corner.words}
          </text>
        ))}
        <text x={SIZE / 2} y={SIZE - 8} textAnchor="middle">
          valence →
        </text>
        <text x={-SIZE / 2} y={15} textAnchor="middle" transform="rotate(-90)">
          arousal →
        </text>
        {others.map((other, at) => (
          <circle key={at} cx={x(other.valence)} cy={y(other.arousal)} r={3} className="other">
            {other.label && <title>{other.label}</title>}
          </circle>
        ))}
        {point && (
          <g className="point">
            <circle cx={x(point.valence)} cy={y(point.arousal)} r={13} className="halo" />
            <circle cx={x(point.valence)} cy={y(point.arousal)} r={6} />
          </g>
        )}
      </svg>
    </figure>
  );
}
