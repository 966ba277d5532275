import type { Interval } from '@/api/types';
import { unit } from '@/lib/format';

const at = (value: number) => `${Math.max(0, Math.min(1, value)) * 100}%`;

/** A value of 0..1 on a scale, its 80 % interval as a whisker. A corrected value is marked beside it. */
export function FeatureBar({
  label,
  value,
  interval,
  corrected,
}: {
  label: string;
  value: number | null;
  interval?: Interval | null;
  corrected?: number | null;
}) {
  const range = interval
    ? `, between ${unit(interval.low)} and ${unit(interval.high)} with 80 % probability`
    : '';
  const set = typeof corrected === 'number' ? `, set to ${unit(corrected)}` : '';
  return (
    <div className="feature-bar">
      <div className="feature-bar-head">
        <span>{label}</span>
        <span className="number">
          {unit(value)}
          {interval && (
            <small>
              {unit(interval.low)}–{unit(interval.high)}
            </small>
          )}
        </span>
      </div>
      <div
        className="feature-bar-scale"
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={1}
        aria-valuenow={value ?? 0}
        aria-valuetext={value === null ? 'not known' : `${unit(value)}${range}${set}`}
      >
        {value !== null && <div className="feature-bar-fill" style={{ width: at(value) }} />}
        {interval && (
          <div
            className="feature-bar-whisker"
            style={{ left: at(interval.low), width: `calc(${at(interval.high)} - ${at(interval.low)})` }}
          />
        )}
        {typeof corrected === 'number' && <div className="feature-bar-set" style={{ left: at(corrected) }} />}
      </div>
    </div>
  );
}
