export type Bar = { low: number; high: number };

/**
 * Gather bins into as many columns as there is room for: the lowest and the highest of what falls into each.
 *
 * @param total how many bins there will be; columns of bins that are not there yet are null.
 */
export function columns(
  low: readonly number[],
  high: readonly number[],
  room: number,
  total: number = low.length,
): (Bar | null)[] {
  const all = Math.max(total, low.length);
  if (all === 0 || room <= 0) return [];
  return Array.from({ length: room }, (_, at) => {
    const from = Math.floor((at * all) / room);
    const to = Math.max(from + 1, Math.floor(((at + 1) * all) / room));
    if (from >= low.length) return null;
    let bar: Bar = { low: low[from] ?? 0, high: high[from] ?? 0 };
    for (let bin = from + 1; bin < Math.min(to, low.length); bin++)
      bar = { low: Math.min(bar.low, low[bin] ?? 0), high: Math.max(bar.high, high[bin] ?? 0) };
    return bar;
  });
}
