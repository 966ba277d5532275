import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import { clock } from '@/lib/format';
import { cssColour, useThemeNow } from './colour';
import { columns } from './waveform-columns';

/**
 * A waveform from the API's outline (lowest and highest sample of each bin, -127..127), drawn on a canvas.
 *
 * While a track is being analysed give the bins so far and `total`, how many there will be: it then draws itself from the left.
 * With `duration_s` and `onSeek` it can be pressed and moved along with the arrow keys.
 */
export function Waveform({
  label,
  low,
  high,
  total,
  height = 96,
  duration_s,
  position_s,
  onSeek,
}: {
  label: string;
  low: readonly number[];
  high: readonly number[];
  total?: number;
  height?: number;
  duration_s?: number | null;
  position_s?: number | null;
  onSeek?: (seconds: number) => void;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const theme = useThemeNow();
  const played = duration_s && position_s != null ? position_s / duration_s : 0;

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.round(entry?.contentRect.width ?? 0)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || width === 0) return;
    const scale = window.devicePixelRatio || 1;
    element.width = width * scale;
    element.height = height * scale;
    context.scale(scale, scale);
    context.clearRect(0, 0, width, height);
    const step = 3;
    const bars = columns(low, high, Math.floor(width / step), total);
    const [before, after] = [
      cssColour('--accent', element.parentElement ?? undefined),
      cssColour('--ink-2', element.parentElement ?? undefined),
    ];
    const half = height / 2;
    bars.forEach((bar, at) => {
      if (!bar) return;
      context.fillStyle = onSeek && at / bars.length >= played ? after : before;
      const top = half - (bar.high / 127) * (half - 1);
      const bottom = half - (bar.low / 127) * (half - 1);
      context.fillRect(at * step, top, step - 1, Math.max(1, bottom - top));
    });
    context.fillStyle = cssColour('--line', element.parentElement ?? undefined);
    const drawn = total ? Math.min(1, low.length / total) : 1;
    if (drawn < 1) context.fillRect(drawn * width, half - 0.5, width * (1 - drawn), 1);
  }, [low, high, total, width, height, theme, played, onSeek]);

  const seekTo = (fraction: number) => {
    if (duration_s) onSeek?.(Math.max(0, Math.min(1, fraction)) * duration_s);
  };
  if (!onSeek || !duration_s)
    return (
      <div className="waveform">
        <canvas ref={canvas} role="img" aria-label={label} style={{ height }} />
      </div>
    );
  return (
    <div
      className="waveform seek"
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={Math.round(duration_s)}
      aria-valuenow={Math.round(position_s ?? 0)}
      aria-valuetext={`${clock(position_s ?? 0)} of ${clock(duration_s)}`}
      onPointerDown={(event: PointerEvent<HTMLDivElement>) => {
        const box = event.currentTarget.getBoundingClientRect();
        seekTo((event.clientX - box.left) / box.width);
      }}
      onKeyDown={(event: KeyboardEvent) => {
        const move = { ArrowLeft: -5, ArrowRight: 5, PageDown: -30, PageUp: 30 }[event.key];
        if (move === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        seekTo(((position_s ?? 0) + move) / duration_s);
      }}
    >
      <canvas ref={canvas} aria-hidden="true" style={{ height }} />
    </div>
  );
}
