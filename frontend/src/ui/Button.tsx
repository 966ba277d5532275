import type { ComponentProps, ReactNode } from 'react';
import { Link } from 'react-router';
import { Icon, type IconName } from './Icon';

type Look = {
  variant?: 'plain' | 'primary' | 'ghost' | 'danger';
  size?: 'medium' | 'small';
  icon?: IconName;
};

const look = (variant: string, size: string, more = '') => `button ${variant} ${size} ${more}`;

/** A button. While `busy` it keeps its place and its focus but does nothing. */
export function Button({
  variant = 'plain',
  size = 'medium',
  icon,
  busy = false,
  className = '',
  children,
  onClick,
  type = 'button',
  ...rest
}: ComponentProps<'button'> & Look & { busy?: boolean }) {
  return (
    <button
      {...rest}
      type={type}
      className={look(variant, size, className)}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => (busy ? event.preventDefault() : onClick?.(event))}
    >
      {busy ? <Icon name="spinner" size={18} className="spinner" /> : icon && <Icon name={icon} size={18} />}
      {children}
    </button>
  );
}

/** A link that looks like a button. */
export function ButtonLink({
  to,
  variant = 'plain',
  size = 'medium',
  icon,
  children,
}: Look & { to: string; children: ReactNode }) {
  return (
    <Link to={to} className={look(variant, size)}>
      {icon && <Icon name={icon} size={18} />}
      {children}
    </Link>
  );
}

/** A button that shows an icon alone; `label` is what screen readers say and what the pointer shows. */
export function IconButton({
  icon,
  label,
  size = 'medium',
  variant = 'ghost',
  pressed,
  className = '',
  iconSize,
  type = 'button',
  ...rest
}: ComponentProps<'button'> & {
  icon: IconName;
  label: string;
  size?: Look['size'];
  variant?: Look['variant'];
  pressed?: boolean;
  iconSize?: number;
}) {
  return (
    <button
      {...rest}
      type={type}
      className={look(variant, size, `icon-button ${className}`)}
      aria-label={label}
      title={label}
      aria-pressed={pressed}
    >
      <Icon name={icon} size={iconSize ?? (size === 'small' ? 17 : 20)} />
    </button>
  );
}
