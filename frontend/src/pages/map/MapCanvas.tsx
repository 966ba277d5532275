import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import type { MapPoints } from '@/api/types';
import { cssColour, useThemeNow } from '@/charts/colour';
import { count } from '@/lib/format';
import { IconButton } from '@/ui';
import { nearest, type Place, towards, type View, whole, within, zoomed } from './geometry';

const REACH_PX = 14;
const ARROWS: Record<string, Place> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** The map itself: a canvas that is moved by dragging, zoomed by the wheel, two fingers or keys. */
export function MapCanvas({
  points,
  colours,
  tool,
  chosen,
  way,
  current,
  onCurrent,
  onChosen,
}: {
  points: MapPoints;
  colours: readonly string[];
  tool: 'move' | 'lasso';
  chosen: readonly number[];
  way: readonly number[];
  current: number | null;
  onCurrent: (at: number | null) => void;
  onChosen: (chosen: number[]) => void;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [view, setView] = useState<View | null>(null);
  const [line, setLine] = useState<readonly Place[]>([]);
  const fingers = useRef(new Map<number, Place>());
  const moved = useRef(false);
  const theme = useThemeNow();
  const smallest = whole(size.width, size.height).scale;

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => {
      const { width = 0, height = 0 } = entry?.contentRect ?? {};
      setSize({ width, height });
      setView(whole(width, height));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || !view || size.width === 0) return;
    const frame = requestAnimationFrame(() => {
      const dpr = window.devicePixelRatio || 1;
      element.width = size.width * dpr;
      element.height = size.height * dpr;
      context.scale(dpr, dpr);
      draw(context, { points, colours, view, size, chosen, way, current, line });
    });
    return () => cancelAnimationFrame(frame);
  }, [points, colours, view, size, chosen, way, current, line, theme]);

  // React listens to the wheel passively, so that it could not keep the page from scrolling.
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const about = { x: event.offsetX, y: event.offsetY };
      setView((before) => before && zoomed(before, Math.exp(-event.deltaY * 0.0015), about, smallest));
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [smallest]);

  const place = (event: PointerEvent): Place => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const toData = (at: Place): Place =>
    view ? { x: (at.x - view.left) / view.scale, y: (at.y - view.top) / view.scale } : at;

  const onPointerDown = (event: PointerEvent<HTMLCanvasElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    fingers.current.set(event.pointerId, place(event));
    moved.current = false;
    if (tool === 'lasso' && fingers.current.size === 1) setLine([toData(place(event))]);
  };
  const onPointerMove = (event: PointerEvent<HTMLCanvasElement>) => {
    const before = fingers.current.get(event.pointerId);
    if (!before || !view) return;
    const now = place(event);
    if (Math.hypot(now.x - before.x, now.y - before.y) > 3) moved.current = true;
    if (!moved.current) return;
    const other = [...fingers.current].find(([id]) => id !== event.pointerId)?.[1];
    fingers.current.set(event.pointerId, now);
    if (other) {
      const factor =
        Math.hypot(now.x - other.x, now.y - other.y) /
        Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
      setLine([]);
      setView(zoomed(view, factor, { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 }, smallest));
    } else if (tool === 'lasso') setLine((drawn) => [...drawn, toData(now)]);
    else setView({ ...view, left: view.left + now.x - before.x, top: view.top + now.y - before.y });
  };
  const onPointerUp = (event: PointerEvent<HTMLCanvasElement>) => {
    const at = place(event);
    fingers.current.delete(event.pointerId);
    if (!moved.current && view) onCurrent(nearest(toData(at), points.x, points.y, REACH_PX / view.scale));
    else if (tool === 'lasso' && line.length > 2) onChosen(within(line, points.x, points.y));
    setLine([]);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const middle = { x: size.width / 2, y: size.height / 2 };
    const arrow = ARROWS[event.key];
    if (arrow) onCurrent(current === null ? 0 : (towards(current, arrow, points.x, points.y) ?? current));
    else if (event.key === '+' || event.key === '=')
      setView((before) => before && zoomed(before, 1.4, middle, smallest));
    else if (event.key === '-') setView((before) => before && zoomed(before, 1 / 1.4, middle, smallest));
    else if (event.key === '0') setView(whole(size.width, size.height));
    else if (event.key === 'Escape') onChosen([]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className="map-frame">
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: arrow keys go from point to point */}
      <canvas
        ref={canvas}
        className={`map-canvas ${tool}`}
        tabIndex={0}
        role="application"
        aria-label={`Map of ${count(points.id.length)} tracks. Arrow keys go from one to the next; it is named beside the map.`}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={(event) => fingers.current.delete(event.pointerId)}
        onKeyDown={onKeyDown}
      />
      <IconButton
        icon="refresh"
        label="Show the whole map"
        variant="plain"
        size="small"
        className="map-reset"
        onClick={() => setView(whole(size.width, size.height))}
      />
    </div>
  );
}

type Scene = {
  points: MapPoints;
  colours: readonly string[];
  view: View;
  size: { width: number; height: number };
  chosen: readonly number[];
  way: readonly number[];
  current: number | null;
  line: readonly Place[];
};

function draw(context: CanvasRenderingContext2D, scene: Scene) {
  const { points, colours, view, size, chosen, way, current, line } = scene;
  context.clearRect(0, 0, size.width, size.height);
  const px = (at: number) => (points.x[at] ?? 0) * view.scale + view.left;
  const py = (at: number) => (points.y[at] ?? 0) * view.scale + view.top;
  const crowd = Math.sqrt(2000 / Math.max(200, points.id.length));
  const radius = Math.max(
    1.5,
    Math.min(7, (3.2 * crowd * view.scale) / Math.max(1, Math.min(size.width, size.height))),
  );
  const lit = new Set(chosen);
  const groups = new Map<string, number[]>();
  colours.forEach((colour, at) => {
    const group = groups.get(colour);
    if (group) group.push(at);
    else groups.set(colour, [at]);
  });
  // One path a colour: thousands of points cost a dozen strokes of the brush.
  for (const [colour, members] of groups) {
    context.beginPath();
    for (const at of members) {
      const [x, y] = [px(at), py(at)];
      if (x < -9 || y < -9 || x > size.width + 9 || y > size.height + 9) continue;
      context.moveTo(x + radius, y);
      context.arc(x, y, radius, 0, 7);
    }
    context.globalAlpha = lit.size > 0 ? 0.25 : 0.85;
    context.fillStyle = colour;
    context.fill();
  }
  context.globalAlpha = 1;
  const ink = cssColour('--ink');
  context.fillStyle = cssColour('--accent');
  for (const at of chosen) {
    context.beginPath();
    context.arc(px(at), py(at), radius + 0.5, 0, 7);
    context.fill();
  }
  context.strokeStyle = ink;
  context.lineWidth = 2;
  context.beginPath();
  way.forEach((at, step) => {
    if (step === 0) context.moveTo(px(at), py(at));
    else context.lineTo(px(at), py(at));
  });
  context.stroke();
  if (line.length > 1) {
    context.setLineDash([5, 4]);
    context.beginPath();
    line.forEach(({ x, y }, step) => {
      const [a, b] = [x * view.scale + view.left, y * view.scale + view.top];
      if (step === 0) context.moveTo(a, b);
      else context.lineTo(a, b);
    });
    context.closePath();
    context.stroke();
    context.setLineDash([]);
  }
  if (current !== null) {
    context.beginPath();
    context.arc(px(current), py(current), radius + 5, 0, 7);
    context.stroke();
    context.font = '600 13px system-ui, sans-serif';
    const text = `${points.title[current] ?? ''}`.slice(0, 40);
    const width = context.measureText(text).width;
    const x = Math.max(4, Math.min(size.width - width - 12, px(current) + 12));
    const y = Math.max(20, py(current) - 10);
    context.fillStyle = cssColour('--panel');
    context.fillRect(x - 5, y - 15, width + 10, 21);
    context.fillStyle = ink;
    context.fillText(text, x, y);
  }
}
