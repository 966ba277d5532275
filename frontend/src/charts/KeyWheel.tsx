import { keyName, percent, pitchName } from '@/lib/format';

const SIZE = 280;
const CENTRE = SIZE / 2;

function sector(at: number, inner: number, outer: number): string {
  const [from, to] = [
    ((at - 0.5) / 12) * 2 * Math.PI - Math.PI / 2,
    ((at + 0.5) / 12) * 2 * Math.PI - Math.PI / 2,
  ];
  const corner = (radius: number, angle: number) =>
    `${(CENTRE + radius * Math.cos(angle)).toFixed(1)},${(CENTRE + radius * Math.sin(angle)).toFixed(1)}`;
  return `M${corner(outer, from)}A${outer},${outer} 0 0 1 ${corner(outer, to)}L${corner(inner, to)}A${inner},${inner} 0 0 0 ${corner(inner, from)}Z`;
}

/** The circle of fifths with the track's key; major outside, the relative minor inside. */
export function KeyWheel({
  keyClass,
  mode,
  confidence,
}: {
  /** 0 is C; -1 or null where no key was found. */
  keyClass: number | null;
  mode: number | null;
  confidence?: number | null;
}) {
  const isKnown = keyClass !== null && keyClass >= 0;
  const name = keyName(keyClass, mode);
  const words = isKnown
    ? `Key: ${name}${confidence == null ? '' : `, confidence ${percent(confidence)}`}.`
    : 'Key: not known.';
  return (
    <figure className="key-wheel">
      <svg viewBox={`0 0 ${SIZE} ${SIZE}`} role="img" aria-label={words}>
        {Array.from({ length: 12 }, (_, at) => {
          const major = (at * 7) % 12;
          const minor = (major + 9) % 12;
          const angle = (at / 12) * 2 * Math.PI - Math.PI / 2;
          const place = (radius: number) => ({
            x: CENTRE + radius * Math.cos(angle),
            y: CENTRE + radius * Math.sin(angle),
          });
          const isMajor = isKnown && mode !== 0 && keyClass === major;
          const isMinor = isKnown && mode !== 1 && keyClass === minor;
          return (
            <g key={at}>
              <path d={sector(at, 93, 134)} className={isMajor ? 'sector on' : 'sector'} />
              <text {...place(114)} className={isMajor ? 'on' : ''}>
                {pitchName(major)}
              </text>
              <path d={sector(at, 58, 91)} className={isMinor ? 'sector minor on' : 'sector minor'} />
              <text {...place(75)} className={isMinor ? 'minor on' : 'minor'}>
                {pitchName(minor)}m
              </text>
            </g>
          );
        })}
        <text x={CENTRE} y={confidence == null ? CENTRE : CENTRE - 8} className="middle">
          {isKnown ? name : 'no key'}
        </text>
        {confidence != null && isKnown && (
          <text x={CENTRE} y={CENTRE + 13} className="below">
            {percent(confidence)} sure
          </text>
        )}
      </svg>
    </figure>
  );
}
