import { count } from '@/lib/format';
import { Button } from './Button';

/** Which part of a longer list is shown, and the ways to the parts before and after. */
export function Pagination({
  total,
  limit,
  offset,
  onOffset,
  what = 'tracks',
}: {
  total: number;
  limit: number;
  offset: number;
  onOffset: (offset: number) => void;
  what?: string;
}) {
  if (total === 0) return null;
  const last = Math.min(total, offset + limit);
  return (
    <nav className="pagination" aria-label="Pages">
      <span className="quiet">
        {total > limit ? `${count(offset + 1)}–${count(last)} of ` : ''}
        {count(total)} {what}
      </span>
      {total > limit && (
        <span className="row gap-s">
          <Button
            size="small"
            icon="left"
            disabled={offset === 0}
            onClick={() => onOffset(Math.max(0, offset - limit))}
          >
            Before
          </Button>
          <Button size="small" disabled={last >= total} onClick={() => onOffset(offset + limit)}>
            After
          </Button>
        </span>
      )}
    </nav>
  );
}
