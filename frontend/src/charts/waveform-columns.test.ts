import { describe, expect, it } from 'vitest';
import { columns } from './waveform-columns';

describe('columns', () => {
  const high = [1, 5, 2, 9, 3, 4];
  const low = high.map((value) => -value);

  it('keeps the extremes of what it gathers', () => {
    expect(columns(low, high, 3)).toEqual([
      { low: -5, high: 5 },
      { low: -9, high: 9 },
      { low: -4, high: 4 },
    ]);
  });

  it('repeats bins where there is more room than bins', () => {
    expect(columns([-1, -2], [1, 2], 4).map((bar) => bar?.high)).toEqual([1, 1, 2, 2]);
  });

  it('leaves room for what is still to come', () => {
    const bars = columns(low.slice(0, 2), high.slice(0, 2), 6, 6);
    expect(bars.filter(Boolean)).toHaveLength(2);
    expect(bars.slice(2)).toEqual([null, null, null, null]);
  });

  it('draws nothing of nothing', () => {
    expect(columns([], [], 10)).toEqual([]);
    expect(columns(low, high, 0)).toEqual([]);
  });
});
