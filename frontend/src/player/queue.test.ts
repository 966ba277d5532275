import { describe, expect, it } from 'vitest';
import { addLast, addNext, current, EMPTY, hasNext, type Playable, remove, startWith, step } from './queue';

const track = (id: string): Playable => ({ id, title: id.toUpperCase(), artist: null, duration_ms: 1000 });
const abc = [track('a'), track('b'), track('c')];
const ids = (queue: { tracks: readonly Playable[] }) => queue.tracks.map(({ id }) => id).join('');

describe('queue', () => {
  it('starts where it is told, inside its ends', () => {
    expect(current(startWith(abc, 1))?.id).toBe('b');
    expect(current(startWith(abc, 9))?.id).toBe('c');
    expect(startWith([])).toBe(EMPTY);
  });

  it('stays at its ends', () => {
    const last = startWith(abc, 2);
    expect(step(last, 1)).toBe(last);
    expect(hasNext(last)).toBe(false);
    expect(current(step(last, -1))?.id).toBe('b');
    expect(step(EMPTY, 1)).toBe(EMPTY);
  });

  it('takes more, next or last', () => {
    const queue = startWith(abc, 0);
    expect(ids(addNext(queue, [track('x')]))).toBe('axbc');
    expect(ids(addLast(queue, [track('x')]))).toBe('abcx');
    expect(current(addLast(EMPTY, abc))?.id).toBe('a');
  });

  it('keeps what is on when another goes', () => {
    expect(current(remove(startWith(abc, 1), 0))?.id).toBe('b');
    expect(current(remove(startWith(abc, 1), 2))?.id).toBe('b');
  });

  it('goes on with a neighbour when what is on goes', () => {
    expect(current(remove(startWith(abc, 1), 1))?.id).toBe('c');
    expect(current(remove(startWith(abc, 2), 2))?.id).toBe('b');
    expect(remove(startWith([track('a')]), 0)).toBe(EMPTY);
  });
});
