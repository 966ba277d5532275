import { type KeyboardEvent, type ReactNode, useState } from 'react';
import { Icon } from './Icon';

export type Column<T> = {
  id: string;
  header: ReactNode;
  cell: (row: T) => ReactNode;
  /** The name the API sorts by; without it the column cannot be sorted. */
  sort?: string;
  /** Numbers stand at the end. */
  align?: 'start' | 'end';
  /** The column that names the row. */
  isRowHeader?: boolean;
  /** For sorting: numbers begin with the largest. */
  descendingFirst?: boolean;
};

/**
 * A table. Sorting is the caller's: `sort` is the API's word for it ("-added_at"), `onSort` is given the new one.
 * With `onOpen` rows take the focus: arrows, Home and End move it, Enter opens; `onKey` gets every other key.
 */
export function Table<T>({
  caption,
  showCaption = false,
  columns,
  rows,
  rowKey,
  sort,
  onSort,
  onOpen,
  onKey,
  isCurrent,
  isSelected,
}: {
  caption: string;
  showCaption?: boolean;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
  sort?: string;
  onSort?: (sort: string) => void;
  onOpen?: (row: T) => void;
  onKey?: (key: string, row: T) => boolean | undefined;
  isCurrent?: (row: T) => boolean;
  isSelected?: (row: T) => boolean;
}) {
  const [focused, setFocused] = useState(0);
  const stop = Math.min(focused, Math.max(0, rows.length - 1));

  const onKeyDown = (event: KeyboardEvent<HTMLTableRowElement>, at: number, row: T) => {
    if (event.target !== event.currentTarget) return;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      const next = event.currentTarget.parentElement?.children[Math.max(0, Math.min(rows.length - 1, to))];
      (next as HTMLElement | undefined)?.focus();
    } else if (event.key === 'Enter') onOpen?.(row);
    else if (onKey?.(event.key, row)) event.preventDefault();
  };

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section className="table-frame" aria-label={caption} tabIndex={0}>
      <table className="table">
        <caption className={showCaption ? '' : 'visually-hidden'}>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <HeaderCell key={column.id} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr
              key={rowKey(row)}
              tabIndex={onOpen ? (at === stop ? 0 : -1) : undefined}
              aria-current={isCurrent?.(row) || undefined}
              data-selected={isSelected?.(row) || undefined}
              onFocus={() => setFocused(at)}
              onKeyDown={(event) => onKeyDown(event, at, row)}
              onDoubleClick={() => onOpen?.(row)}
            >
              {columns.map((column) =>
                column.isRowHeader ? (
                  <th key={column.id} scope="row" className={column.align}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.id} className={column.align}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function HeaderCell<T>({
  column,
  sort,
  onSort,
}: {
  column: Column<T>;
  sort?: string;
  onSort?: (sort: string) => void;
}) {
  const name = column.sort;
  if (!name || !onSort)
    return (
      <th scope="col" className={column.align}>
        {column.header}
      </th>
    );
  const direction = sort === name ? 'ascending' : sort === `-${name}` ? 'descending' : undefined;
  return (
    <th scope="col" className={column.align} aria-sort={direction}>
      <button
        type="button"
        className="sort"
        onClick={() => onSort(nextSort(sort, name, column.descendingFirst))}
      >
        {column.header}
        <Icon name={direction === 'ascending' ? 'up' : 'down'} size={14} />
      </button>
    </th>
  );
}

/** What a press on a column's head sorts by next. */
export function nextSort(sort: string | undefined, name: string, descendingFirst = false): string {
  if (sort === name) return `-${name}`;
  if (sort === `-${name}`) return name;
  return descendingFirst ? `-${name}` : name;
}
