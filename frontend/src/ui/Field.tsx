import { type ComponentProps, type CSSProperties, type ReactNode, useId } from 'react';
import { Icon } from './Icon';

type FieldProps = { label: ReactNode; hint?: ReactNode; error?: ReactNode };

function Frame({ id, label, hint, error, children }: FieldProps & { id: string; children: ReactNode }) {
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      {children}
      {hint && (
        <span className="field-hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {error && (
        <span className="field-error" id={`${id}-error`} role="alert">
          {error}
        </span>
      )}
    </div>
  );
}

const described = (id: string, { hint, error }: Pick<FieldProps, 'hint' | 'error'>) =>
  [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;

/** A line of text with its label; `error` marks it as wrong and is read out. */
export function Field({ label, hint, error, ...input }: FieldProps & Omit<ComponentProps<'input'>, 'id'>) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} error={error}>
      <input
        {...input}
        id={id}
        className="input"
        aria-invalid={error ? true : undefined}
        aria-describedby={described(id, { hint, error })}
      />
    </Frame>
  );
}

/** Several lines of text with their label. */
export function TextArea({
  label,
  hint,
  error,
  ...input
}: FieldProps & Omit<ComponentProps<'textarea'>, 'id'>) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} error={error}>
      <textarea
        {...input}
        id={id}
        className="input"
        aria-invalid={error ? true : undefined}
        aria-describedby={described(id, { hint, error })}
      />
    </Frame>
  );
}

export type Option = { value: string; label: string };

/** A choice out of a list. `onValue` is given the value itself. */
export function Select({
  label,
  hint,
  error,
  options,
  onValue,
  hideLabel = false,
  ...select
}: FieldProps &
  Omit<ComponentProps<'select'>, 'id' | 'onChange'> & {
    options: readonly Option[];
    onValue: (value: string) => void;
    hideLabel?: boolean;
  }) {
  const id = useId();
  const shown = hideLabel ? <span className="visually-hidden">{label}</span> : label;
  return (
    <Frame id={id} label={shown} hint={hint} error={error}>
      <span className="select">
        <select
          {...select}
          id={id}
          aria-describedby={described(id, { hint, error })}
          onChange={(event) => onValue(event.target.value)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
        <Icon name="down" size={16} />
      </span>
    </Frame>
  );
}

/** A fader: a number between two ends. `format` says how its value is shown and read out. */
export function Slider({
  label,
  value,
  onValue,
  min = 0,
  max = 1,
  step = 0.01,
  format = String,
  hideLabel = false,
  fine = false,
  disabled = false,
  onCommit,
}: {
  label: string;
  value: number;
  onValue: (value: number) => void;
  min?: number;
  max?: number;
  step?: number;
  format?: (value: number) => string;
  hideLabel?: boolean;
  fine?: boolean;
  disabled?: boolean;
  /** Called when the fader is let go, for changes that cost something. */
  onCommit?: (value: number) => void;
}) {
  const id = useId();
  const fill = max > min ? (value - min) / (max - min) : 0;
  return (
    <div className="slider">
      {!hideLabel && (
        <div className="slider-head">
          <label htmlFor={id}>{label}</label>
          <output htmlFor={id}>{format(value)}</output>
        </div>
      )}
      <input
        id={id}
        type="range"
        className={`range ${fine ? 'fine' : ''}`}
        style={{ '--fill': fill } as CSSProperties}
        min={min}
        max={max}
        step={step}
        value={value}
        disabled={disabled}
        aria-label={hideLabel ? label : undefined}
        aria-valuetext={format(value)}
        onChange={(event) => onValue(event.target.valueAsNumber)}
        onPointerUp={(event) => onCommit?.(event.currentTarget.valueAsNumber)}
        onKeyUp={(event) => onCommit?.(event.currentTarget.valueAsNumber)}
      />
    </div>
  );
}

/** On or off, at once. */
export function Switch({
  label,
  checked,
  onValue,
  disabled,
}: {
  label: ReactNode;
  checked: boolean;
  onValue: (checked: boolean) => void;
  disabled?: boolean;
}) {
  return (
    <label className="switch">
      <input
        type="checkbox"
        role="switch"
        checked={checked}
        aria-checked={checked}
        disabled={disabled}
        onChange={(event) => onValue(event.target.checked)}
      />
      <span>{label}</span>
    </label>
  );
}

/** One of a few, side by side. */
export function Segments<T extends string>({
  label,
  value,
  onValue,
  options,
}: {
  label: string;
  value: T;
  onValue: (value: T) => void;
  options: readonly { value: T; label: ReactNode }[];
}) {
  const name = useId();
  return (
    <div className="segments" role="radiogroup" aria-label={label}>
      {options.map((option) => (
        <label key={option.value}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onValue(option.value)}
          />
          {option.label}
        </label>
      ))}
    </div>
  );
}
