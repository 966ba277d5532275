/** Numbers as people read them. Null is always a dash: what is not known is not guessed. */

const DASH = '–';
const PITCHES = ['C', 'C♯', 'D', 'E♭', 'E', 'F', 'F♯', 'G', 'A♭', 'A', 'B♭', 'B'] as const;

type Maybe = number | null | undefined;

const isKnown = (value: Maybe): value is number => typeof value === 'number' && Number.isFinite(value);

/** 3:07, 1:02:09; milliseconds in. */
export function duration(ms: Maybe): string {
  if (!isKnown(ms)) return DASH;
  return clock(ms / 1000);
}

/** 3:07, 1:02:09; seconds in. */
export function clock(seconds: Maybe): string {
  if (!isKnown(seconds)) return DASH;
  const all = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** A value of 0..1 with two decimals. */
export function unit(value: Maybe): string {
  return isKnown(value) ? value.toFixed(2) : DASH;
}

/** A value of 0..1 as a whole percentage; what is little but not nothing is "<1 %". */
export function percent(value: Maybe): string {
  if (!isKnown(value)) return DASH;
  const rounded = Math.round(value * 100);
  return rounded === 0 && value > 0 ? '<1 %' : `${rounded} %`;
}

export function decimal(value: Maybe, digits = 1): string {
  return isKnown(value) ? value.toFixed(digits) : DASH;
}

/** 12,345 */
export function count(value: Maybe): string {
  return isKnown(value) ? value.toLocaleString('en-GB') : DASH;
}

/** "A minor", "E♭ major"; a dash where no key was found. */
export function keyName(key: Maybe, mode: Maybe): string {
  const pitch = isKnown(key) ? PITCHES[key] : undefined;
  if (pitch === undefined) return DASH;
  if (mode === 1) return `${pitch} major`;
  return mode === 0 ? `${pitch} minor` : pitch;
}

/** The pitch class alone: 0 is C. */
export function pitchName(key: number): string {
  return PITCHES[((key % 12) + 12) % 12] ?? DASH;
}

export function tempo(bpm: Maybe): string {
  return isKnown(bpm) ? `${Math.round(bpm)} bpm` : DASH;
}

/** "4 Mar 2026, 14:05" in the reader's time. */
export function date(iso: string | null | undefined): string {
  if (!iso) return DASH;
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return DASH;
  return at.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
}

export function bytes(value: Maybe): string {
  if (!isKnown(value)) return DASH;
  if (value < 1000) return `${value} B`;
  const power = Math.min(3, Math.floor(Math.log10(value) / 3));
  return `${(value / 1000 ** power).toFixed(1)} ${['B', 'kB', 'MB', 'GB'][power]}`;
}

/** "danceability" → "Danceability", "time_signature" → "Time signature". */
export function title(name: string): string {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
