import { type ReactNode, useId } from 'react';
import { describe } from '@/api/problem';
import { percent } from '@/lib/format';
import { Button } from './Button';
import { Icon, type IconName } from './Icon';

/** How far something is; `fraction` null where that is not known. */
export function Progress({
  label,
  fraction,
  detail,
}: {
  label: string;
  fraction: number | null;
  detail?: ReactNode;
}) {
  const id = useId();
  return (
    <div className="progress">
      <div className="progress-head">
        <span id={id}>{label}</span>
        <span className="number">{detail ?? (fraction === null ? '' : percent(fraction))}</span>
      </div>
      <div
        className="progress-track"
        role="progressbar"
        aria-labelledby={id}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={fraction === null ? undefined : Math.round(fraction * 100)}
      >
        <div
          className={`progress-fill ${fraction === null ? 'unknown' : ''}`}
          style={fraction === null ? undefined : { width: `${fraction * 100}%` }}
        />
      </div>
    </div>
  );
}

/** Nothing is here: why, and what to do about it. */
export function EmptyState({
  icon = 'note',
  title,
  children,
  action,
}: {
  icon?: IconName;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="state">
      <Icon name={icon} size={32} />
      <h2>{title}</h2>
      {children && <div className="quiet">{children}</div>}
      {action}
    </div>
  );
}

/** Something failed: what the server said, and a way to try again. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { title, detail } = describe(error);
  return (
    <div className="state error" role="alert">
      <Icon name="warning" size={32} />
      <h2>{title}</h2>
      {detail && <p className="quiet">{detail}</p>}
      {onRetry && (
        <Button icon="refresh" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** The place of something that is on its way; `label` is read out once. */
export function Skeleton({
  lines = 3,
  height,
  label = 'Loading',
}: {
  lines?: number;
  height?: number;
  label?: string;
}) {
  const widths = ['72%', '94%', '58%', '83%', '66%'];
  return (
    <div className="stack gap-s" role="status">
      <span className="visually-hidden">{label}</span>
      {height ? (
        <span className="skeleton" style={{ height }} />
      ) : (
        Array.from({ length: lines }, (_, at) => (
          <span key={at} className="skeleton" style={{ width: widths[at % widths.length] }} />
        ))
      )}
    </div>
  );
}

export function Badge({
  tone = 'plain',
  icon,
  children,
}: {
  tone?: 'plain' | 'accent' | 'warn' | 'danger';
  icon?: IconName;
  children: ReactNode;
}) {
  return (
    <span className={`badge ${tone}`}>
      {icon && <Icon name={icon} size={13} />}
      {children}
    </span>
  );
}

/** A remark beside the thing that it is about. */
export function Note({
  tone = 'plain',
  children,
}: {
  tone?: 'plain' | 'warn' | 'danger';
  children: ReactNode;
}) {
  return (
    <div className={`note ${tone}`}>
      <Icon name={tone === 'plain' ? 'info' : 'warning'} size={18} />
      <div>{children}</div>
    </div>
  );
}

/** One value under its name, as on a display; several of them in a `<dl className="grid tight">`. */
export function Readout({ label, value, unit }: { label: string; value: ReactNode; unit?: string }) {
  return (
    <div className="readout">
      <dt>{label}</dt>
      <dd>
        {value} {unit && <small>{unit}</small>}
      </dd>
    </div>
  );
}

type QueryLike<T> = { data: T | undefined; error: Error | null; isPending: boolean; refetch: () => unknown };

/** The three states of a query: on its way, failed, there. */
export function Loaded<T>({
  query,
  skeleton = <Skeleton />,
  children,
}: {
  query: QueryLike<T>;
  skeleton?: ReactNode;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return skeleton;
}
