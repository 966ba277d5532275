import { describe, expect, it } from 'vitest';
import { insideAddress } from './inside';

describe('insideAddress', () => {
  it('lets pages of the application through', () => {
    expect(insideAddress('/tracks/1?q=a')).toBe('/tracks/1?q=a');
  });

  it('goes home rather than to another host', () => {
    for (const next of [
      null,
      '',
      '//evil.test/x',
      '/\\evil.test',
      'https://evil.test',
      'javascript:alert(1)',
      'tracks',
    ])
      expect(insideAddress(next)).toBe('/');
  });
});
