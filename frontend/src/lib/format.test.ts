import { describe, expect, it } from 'vitest';
import { bytes, clock, duration, keyName, percent, title, unit } from './format';

describe('format', () => {
  it('shows a dash for what is not known', () => {
    for (const format of [duration, unit, percent, bytes]) {
      expect(format(null)).toBe('–');
      expect(format(undefined)).toBe('–');
      expect(format(Number.NaN)).toBe('–');
    }
    expect(keyName(-1, 1)).toBe('–');
    expect(keyName(null, null)).toBe('–');
  });

  it('shows times as clocks do', () => {
    expect(clock(0)).toBe('0:00');
    expect(clock(59.99)).toBe('0:59');
    expect(clock(187)).toBe('3:07');
    expect(duration(3_729_000)).toBe('1:02:09');
    expect(clock(-3)).toBe('0:00');
  });

  it('names keys', () => {
    expect(keyName(9, 0)).toBe('A minor');
    expect(keyName(3, 1)).toBe('E♭ major');
    expect(keyName(0, null)).toBe('C');
  });

  it('does not call a little nothing', () => {
    expect(percent(0)).toBe('0 %');
    expect(percent(0.001)).toBe('<1 %');
    expect(percent(0.994)).toBe('99 %');
  });

  it('shows sizes and names', () => {
    expect(bytes(999)).toBe('999 B');
    expect(bytes(12_345_678)).toBe('12.3 MB');
    expect(title('time_signature')).toBe('Time signature');
  });
});
