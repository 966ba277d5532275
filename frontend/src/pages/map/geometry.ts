/** What the map computes, apart from drawing. */

export type Place = { x: number; y: number };
/** From the unit square of the data to pixels: px = x * scale + left. */
export type View = { scale: number; left: number; top: number };

/** The view that shows the whole unit square within a canvas. */
export function whole(width: number, height: number, margin = 16): View {
  const scale = Math.max(1, Math.min(width, height) - 2 * margin);
  return { scale, left: (width - scale) / 2, top: (height - scale) / 2 };
}

/** Zoom by a factor about a place in pixels, which stays where it is. */
export function zoomed(view: View, factor: number, about: Place, smallest: number): View {
  const scale = Math.max(smallest, Math.min(smallest * 60, view.scale * factor));
  const by = scale / view.scale;
  return { scale, left: about.x - (about.x - view.left) * by, top: about.y - (about.y - view.top) * by };
}

/** Which points lie within a closed line, by the even-odd rule. */
export function within(line: readonly Place[], xs: readonly number[], ys: readonly number[]): number[] {
  if (line.length < 3) return [];
  const found: number[] = [];
  for (let i = 0; i < xs.length; i++) {
    const [x, y] = [xs[i] ?? 0, ys[i] ?? 0];
    let inside = false;
    for (let a = 0, b = line.length - 1; a < line.length; b = a++) {
      const [p, q] = [line[a] as Place, line[b] as Place];
      if (p.y > y !== q.y > y && x < ((q.x - p.x) * (y - p.y)) / (q.y - p.y) + p.x) inside = !inside;
    }
    if (inside) found.push(i);
  }
  return found;
}

/** The point nearest to a place, if one is within `reach`. */
export function nearest(
  place: Place,
  xs: readonly number[],
  ys: readonly number[],
  reach: number,
): number | null {
  let best: number | null = null;
  let least = reach * reach;
  for (let i = 0; i < xs.length; i++) {
    const d = ((xs[i] ?? 0) - place.x) ** 2 + ((ys[i] ?? 0) - place.y) ** 2;
    if (d <= least) [best, least] = [i, d];
  }
  return best;
}

/** From a point the nearest other one in a direction (unit vector), within 45 degrees of it. */
export function towards(
  from: number,
  way: Place,
  xs: readonly number[],
  ys: readonly number[],
): number | null {
  const [x0, y0] = [xs[from] ?? 0, ys[from] ?? 0];
  let best: number | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < xs.length; i++) {
    const [dx, dy] = [(xs[i] ?? 0) - x0, (ys[i] ?? 0) - y0];
    const along = dx * way.x + dy * way.y;
    const length = Math.hypot(dx, dy);
    if (i !== from && length > 0 && along >= length * Math.SQRT1_2 && length < least)
      [best, least] = [i, length];
  }
  return best;
}
