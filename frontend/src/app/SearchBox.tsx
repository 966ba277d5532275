import { type KeyboardEvent, type Ref, useEffect, useId, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import type { Suggestion } from '@/api/types';
import { IconButton } from '@/ui/Button';
import { Icon, type IconName } from '@/ui/Icon';
import { type AskSuggestions, useSuggestions } from './useSuggestions';

const ICONS: Record<Suggestion['kind'], IconName> = {
  track: 'note',
  artist: 'user',
  album: 'disc',
  genre: 'tag',
  query: 'search',
};

const quoted = (text: string) => (/\s/.test(text) ? `"${text.replaceAll('"', '')}"` : text);

/** Where a suggestion leads: a track to its page, anything else to the search that finds it. */
export function placeOf(suggestion: Suggestion): string {
  if (suggestion.kind === 'track' && suggestion.id) return `/tracks/${suggestion.id}`;
  const isField = suggestion.kind === 'artist' || suggestion.kind === 'album' || suggestion.kind === 'genre';
  const q = isField ? `${suggestion.kind}:${quoted(suggestion.text)}` : suggestion.text;
  return `/search?q=${encodeURIComponent(q)}`;
}

/**
 * The search field with its suggestions (ARIA combobox with a listbox): arrows choose, Enter goes there or searches
 * for what is typed, Escape closes the list and then empties the field.
 */
export function SearchBox({
  initial = '',
  large = false,
  autoFocus = false,
  label = 'Search the library',
  placeholder = 'Search songs, artists, “energy>0.7 genre:house”',
  ask,
  ref,
}: {
  initial?: string;
  large?: boolean;
  autoFocus?: boolean;
  label?: string;
  placeholder?: string;
  ask?: AskSuggestions;
  ref?: Ref<HTMLInputElement>;
}) {
  const id = useId();
  const navigate = useNavigate();
  const root = useRef<HTMLFormElement>(null);
  const [text, setText] = useState(initial);
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const found = useSuggestions(isOpen ? text : '', ask);
  const chosen = found[at];
  const shows = isOpen && found.length > 0;

  useEffect(() => setText(initial), [initial]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new list begins with nothing chosen
  useEffect(() => setAt(-1), [found]);

  const go = (place: string) => {
    setOpen(false);
    navigate(place);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setOpen(true);
      if (found.length === 0) return;
      // One place between the last and the first is the field itself.
      const all = found.length + 1;
      setAt(((at + 1 + (event.key === 'ArrowDown' ? 1 : -1) + all) % all) - 1);
    } else if (event.key === 'Escape') {
      if (shows) setOpen(false);
      else setText('');
    } else if (event.key === 'Tab') setOpen(false);
  };

  return (
    <form
      ref={root}
      role="search"
      aria-label={label}
      className={`combobox ${large ? 'large' : ''}`}
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen) go(placeOf(chosen));
        else if (text.trim()) go(`/search?q=${encodeURIComponent(text.trim())}`);
      }}
      onBlur={(event) => {
        if (!root.current?.contains(event.relatedTarget)) setOpen(false);
      }}
    >
      <Icon name="search" size={large ? 22 : 18} />
      <input
        ref={ref}
        type="search"
        className="input"
        role="combobox"
        aria-label={label}
        aria-expanded={shows}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={shows && chosen ? `${id}-${at}` : undefined}
        autoComplete="off"
        spellCheck={false}
        maxLength={500}
        // biome-ignore lint/a11y/noAutofocus: only where searching is what the page is for
        autoFocus={autoFocus}
        placeholder={placeholder}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setOpen(true);
        }}
        onKeyDown={onKeyDown}
      />
      {text && (
        <IconButton
          icon="close"
          label="Clear search"
          size="small"
          className="combobox-clear"
          onClick={() => {
            setText('');
            root.current?.querySelector('input')?.focus();
          }}
        />
      )}
      <div id={`${id}-list`} role="listbox" aria-label="Suggestions" className="popup" hidden={!shows}>
        {shows &&
          found.map((suggestion, index) => (
            // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field (aria-activedescendant)
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
            <div
              key={`${suggestion.kind} ${suggestion.id ?? ''} ${suggestion.text}`}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === at}
              className="option"
              onPointerDown={(event) => event.preventDefault()}
              onPointerMove={() => setAt(index)}
              onClick={() => go(placeOf(suggestion))}
            >
              <Icon name={ICONS[suggestion.kind]} size={18} />
              <span className="option-text">
                <span className="truncate">{suggestion.text}</span>
                {suggestion.detail && <small className="truncate">{suggestion.detail}</small>}
              </span>
              <span className="option-kind">{suggestion.kind === 'query' ? 'search' : suggestion.kind}</span>
            </div>
          ))}
      </div>
    </form>
  );
}
