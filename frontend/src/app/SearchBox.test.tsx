import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter, useLocation } from 'react-router';
import { describe, expect, it } from 'vitest';
import type { Suggestion } from '@/api/types';
import { placeOf, SearchBox } from './SearchBox';
import type { AskSuggestions } from './useSuggestions';

const suggestion = (kind: Suggestion['kind'], text: string, id: string | null = null): Suggestion => ({
  kind,
  text,
  detail: '',
  id,
});

function Where() {
  const { pathname, search } = useLocation();
  return <output>{pathname + search}</output>;
}

function show(ask: AskSuggestions) {
  render(
    <MemoryRouter>
      <SearchBox ask={ask} />
      <Where />
    </MemoryRouter>,
  );
  return screen.getByRole('combobox');
}

describe('SearchBox', () => {
  it('suggests, lets the arrows choose and goes to what was chosen', async () => {
    const user = userEvent.setup();
    const field = show(async (q) => [
      suggestion('track', `${q} one`, 't1'),
      suggestion('artist', `${q} two`, 'a2'),
    ]);
    await user.type(field, 'mo');
    const options = await screen.findAllByRole('option');
    expect(options).toHaveLength(2);
    expect(field.getAttribute('aria-expanded')).toBe('true');
    await user.keyboard('{ArrowDown}');
    expect(field.getAttribute('aria-activedescendant')).toBe(options[0]?.id);
    await user.keyboard('{Enter}');
    expect(screen.getByText('/tracks/t1')).toBeTruthy();
    expect(field.getAttribute('aria-expanded')).toBe('false');
  });

  it('searches for what is typed when nothing is chosen', async () => {
    const user = userEvent.setup();
    const field = show(async () => []);
    await user.type(field, 'energy>0.7 mood{Enter}');
    expect(screen.getByText('/search?q=energy%3E0.7%20mood')).toBeTruthy();
  });

  it('drops an answer that comes after a later question', async () => {
    const user = userEvent.setup();
    const waiting: { q: string; answer: (found: Suggestion[]) => void; signal: AbortSignal }[] = [];
    const field = show((q, signal) => new Promise((answer) => waiting.push({ q, answer, signal })));
    await user.type(field, 'a');
    await waitFor(() => expect(waiting).toHaveLength(1));
    await user.type(field, 'b');
    await waitFor(() => expect(waiting).toHaveLength(2));
    expect(waiting[0]?.signal.aborted).toBe(true);
    waiting[1]?.answer([suggestion('query', 'new')]);
    expect(await screen.findByText('new')).toBeTruthy();
    waiting[0]?.answer([suggestion('query', 'old')]);
    await new Promise((done) => setTimeout(done, 0));
    expect(screen.queryByText('old')).toBeNull();
  });

  it('closes on Escape first, and empties the field next', async () => {
    const user = userEvent.setup();
    const field = show(async () => [suggestion('query', 'x')]) as HTMLInputElement;
    await user.type(field, 'x');
    await screen.findByRole('option');
    await user.keyboard('{Escape}');
    expect(screen.queryByRole('option')).toBeNull();
    expect(field.value).toBe('x');
    await user.keyboard('{Escape}');
    expect(field.value).toBe('');
  });
});

describe('placeOf', () => {
  it('quotes names of several words', () => {
    expect(placeOf(suggestion('artist', 'Nina "Simone" X', 'a'))).toBe(
      `/search?q=${encodeURIComponent('artist:"Nina Simone X"')}`,
    );
    expect(placeOf(suggestion('genre', 'house'))).toBe('/search?q=genre%3Ahouse');
  });
});
