import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { Link } from 'react-router';
import { Icon, type IconName } from './Icon';

export type MenuItem =
  | {
      label: string;
      icon?: IconName;
      onSelect?: () => void;
      /** A page to go to, instead of something to do. */
      to?: string;
      /** Given, the item is a choice that is on or off. */
      checked?: boolean;
      disabled?: boolean;
      danger?: boolean;
    }
  | 'line';

/** A button that opens a list of commands (ARIA menu): arrows, Home, End, first letters, Escape. */
export function Menu({
  label,
  icon = 'more',
  items,
  align = 'end',
  side = 'down',
  children,
  small = false,
}: {
  label: string;
  icon?: IconName;
  items: readonly MenuItem[];
  align?: 'start' | 'end';
  side?: 'down' | 'up';
  /** Words on the button; without them it shows the icon alone. */
  children?: ReactNode;
  small?: boolean;
}) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (!open) return;
    entries(root.current)[0]?.focus();
    const outside = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [open]);

  const close = () => {
    setOpen(false);
    button.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (!open) return;
    if (event.key === 'Tab') return setOpen(false);
    const next = whereTo(event.key, entries(root.current));
    if (event.key !== 'Escape' && !next) return;
    event.preventDefault();
    event.stopPropagation();
    if (next) next.focus();
    else close();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys come here from the entries
    <div className="menu" ref={root} onKeyDown={onKeyDown}>
      <button
        ref={button}
        type="button"
        className={`button ghost ${small ? 'small' : ''} ${children ? '' : 'icon-button'}`}
        aria-label={children ? undefined : label}
        title={children ? undefined : label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown' && !open) {
            event.preventDefault();
            setOpen(true);
          }
        }}
      >
        <Icon name={icon} size={small ? 17 : 20} />
        {children}
      </button>
      {open && (
        <div id={id} role="menu" aria-label={label} className={`popup ${align} ${side}`}>
          {items.map((item, at) =>
            item === 'line' ? (
              <hr key={at} className="menu-line" />
            ) : (
              <Entry key={item.label} item={item} close={close} />
            ),
          )}
        </div>
      )}
    </div>
  );
}

function Entry({ item, close }: { item: Exclude<MenuItem, 'line'>; close: () => void }) {
  const isChoice = item.checked !== undefined;
  const content = (
    <>
      {isChoice ? (
        <Icon name="check" size={16} className={item.checked ? '' : 'hidden'} />
      ) : (
        item.icon && <Icon name={item.icon} size={17} />
      )}
      {item.label}
    </>
  );
  if (item.to !== undefined)
    return (
      <Link role="menuitem" tabIndex={-1} className="menu-item" to={item.to} onClick={close}>
        {content}
      </Link>
    );
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: a choice has the role that has it
    <button
      type="button"
      role={isChoice ? 'menuitemcheckbox' : 'menuitem'}
      aria-checked={isChoice ? item.checked : undefined}
      tabIndex={-1}
      className={`menu-item ${item.danger ? 'danger' : ''}`}
      disabled={item.disabled}
      onClick={() => {
        item.onSelect?.();
        // A choice stays open: several columns may be wanted.
        if (!isChoice) close();
      }}
    >
      {content}
    </button>
  );
}

function entries(root: HTMLElement | null): HTMLElement[] {
  return [...(root?.querySelectorAll<HTMLElement>('[role^="menuitem"]:not(:disabled)') ?? [])];
}

function whereTo(key: string, all: HTMLElement[]): HTMLElement | undefined {
  const at = all.indexOf(document.activeElement as HTMLElement);
  if (key === 'ArrowDown') return all[(at + 1) % all.length];
  if (key === 'ArrowUp') return all[(at - 1 + all.length) % all.length];
  if (key === 'Home') return all[0];
  if (key === 'End') return all.at(-1);
  if (key.length !== 1 || key === ' ') return undefined;
  const rest = [...all.slice(at + 1), ...all.slice(0, at + 1)];
  return rest.find((entry) => entry.textContent?.trim().toLowerCase().startsWith(key.toLowerCase()));
}
