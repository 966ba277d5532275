import { describe, expect, it } from 'vitest';
import { nearest, towards, whole, within, zoomed } from './geometry';

const xs = [0.1, 0.5, 0.9, 0.5];
const ys = [0.5, 0.5, 0.5, 0.9];

describe('the map', () => {
  it('shows the whole square in its middle', () => {
    expect(whole(400, 200, 0)).toEqual({ scale: 200, left: 100, top: 0 });
  });

  it('keeps the place it zooms about', () => {
    const before = whole(400, 400, 0);
    const after = zoomed(before, 2, { x: 100, y: 300 }, before.scale);
    const data = { x: (100 - before.left) / before.scale, y: (300 - before.top) / before.scale };
    expect(data.x * after.scale + after.left).toBeCloseTo(100);
    expect(data.y * after.scale + after.top).toBeCloseTo(300);
    expect(zoomed(before, 0.01, { x: 0, y: 0 }, before.scale).scale).toBe(before.scale);
  });

  it('finds what is within a line', () => {
    const line = [
      { x: 0.4, y: 0.4 },
      { x: 0.6, y: 0.4 },
      { x: 0.6, y: 1 },
      { x: 0.4, y: 1 },
    ];
    expect(within(line, xs, ys)).toEqual([1, 3]);
    expect(within(line.slice(0, 2), xs, ys)).toEqual([]);
  });

  it('finds the nearest point, and none out of reach', () => {
    expect(nearest({ x: 0.12, y: 0.5 }, xs, ys, 0.1)).toBe(0);
    expect(nearest({ x: 0.3, y: 0.1 }, xs, ys, 0.1)).toBeNull();
  });

  it('goes from point to point', () => {
    expect(towards(0, { x: 1, y: 0 }, xs, ys)).toBe(1);
    expect(towards(1, { x: 0, y: 1 }, xs, ys)).toBe(3);
    expect(towards(0, { x: -1, y: 0 }, xs, ys)).toBeNull();
  });
});
