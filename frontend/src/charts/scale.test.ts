import { describe, expect, it } from 'vitest';
import { extent, tickLabel, ticks } from './scale';

describe('ticks', () => {
  it('are round, inside the ends and evenly spaced', () => {
    expect(ticks(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks(37, 212)).toEqual([50, 100, 150, 200]);
    expect(ticks(-60, 0, 4)).toEqual([-60, -40, -20, 0]);
  });

  it('never leave the ends, whatever these are', () => {
    for (const [low, high] of [
      [0.1, 0.3],
      [-7e-5, 3e-4],
      [1e6, 3.3e6],
      [99.99, 100.01],
    ] as const) {
      const found = ticks(low, high);
      expect(found.length).toBeGreaterThan(1);
      for (const tick of found) expect(tick >= low - 1e-9 && tick <= high + 1e-9).toBe(true);
    }
  });
});

describe('extent', () => {
  it('skips what is not known', () => {
    expect(extent([null, 3, Number.NaN, -1])).toEqual([-1, 3]);
    expect(extent([null])).toEqual([0, 1]);
    expect(extent([2, 2])).toEqual([1.5, 2.5]);
  });
});

describe('tickLabel', () => {
  it('is short', () => {
    expect(tickLabel(0.30000000000000004)).toBe('0.3');
    expect(tickLabel(120_000)).toBe('120k');
  });
});
