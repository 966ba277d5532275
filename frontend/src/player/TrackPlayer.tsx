import { useEffect, useEffectEvent, useMemo, useRef, useState } from 'react';
import type WaveSurfer from 'wavesurfer.js';
import type { Events, PictureInfo, Section, Waveform } from '@/api/types';
import { cssColour, useThemeNow } from '@/charts/colour';
import { clock, title } from '@/lib/format';
import { IconButton } from '@/ui/Button';
import { Segments, Slider, Switch } from '@/ui/Field';
import { usePlayer, usePlayerTime } from './PlayerProvider';
import type { Playable } from './queue';
import { createWave, type WaveColours } from './wave';

/** What part of the whole is seen: all in pixels. */
type View = { scroll: number; total: number; width: number };

const HEIGHT = 140;
const MAX_PX_PER_S = 240;

/**
 * The track page's player: waveform, beats, bars and sections, and a picture of the same song beneath, all of one time axis.
 *
 * It is bound to the application's one audio element while its track is on; a press on it puts the track on.
 * Nothing is decoded here: the outline is the API's `Waveform`.
 */
export function TrackPlayer({
  track,
  waveform,
  events,
  pictures = [],
  playable = true,
}: {
  track: Playable;
  waveform: Waveform;
  events?: Events | null;
  pictures?: readonly PictureInfo[];
  /** False where the file is gone: there is still something to look at. */
  playable?: boolean;
}) {
  const player = usePlayer();
  const isOn = player.track?.id === track.id;
  const duration_s = waveform.duration_s ?? (track.duration_ms ?? 0) / 1000;
  const [zoom, setZoom] = useState(0);
  const [shows, setShows] = useState({ beats: true, sections: true });
  const [kind, setKind] = useState<PictureInfo['kind'] | 'none'>(pictures[0]?.kind ?? 'none');
  const { place, view } = useWave({ track, waveform, duration_s, zoom, isOn, playable });
  const picture = pictures.find((one) => one.kind === kind);
  const time = usePlayerTime();
  const time_s = isOn ? time.time_s : 0;
  const isSounding = isOn && player.isPlaying;
  const from = (seconds: number) => (isOn ? player.seek(seconds) : player.play([track], 0, seconds));

  return (
    <section className="track-player" aria-label={`Listen to ${track.title}`}>
      <div className="track-player-bar">
        <IconButton
          icon={isSounding ? 'pause' : 'play'}
          label={isSounding ? 'Pause' : 'Play'}
          variant="primary"
          className="player-main"
          disabled={!playable}
          onClick={() => (isOn ? player.toggle() : player.play([track]))}
        />
        <span className="track-player-time">
          {clock(time_s)} <small>/ {clock(duration_s)}</small>
        </span>
        <span className="grow" />
        {events && (events.beats_s.length > 0 || events.bars_s.length > 0) && (
          <Switch label="Beats" checked={shows.beats} onValue={(beats) => setShows({ ...shows, beats })} />
        )}
        {events && events.sections.length > 0 && (
          <Switch
            label="Sections"
            checked={shows.sections}
            onValue={(sections) => setShows({ ...shows, sections })}
          />
        )}
        <Slider
          label="Zoom"
          value={zoom}
          onValue={setZoom}
          format={(value) =>
            value === 0 ? 'whole track' : `${Math.round(pxPerSecond(value, view.width, duration_s))} px/s`
          }
        />
      </div>
      <div className="track-player-stage">
        {shows.sections && events && events.sections.length > 0 && (
          <Sections
            sections={events.sections}
            view={view}
            duration_s={duration_s}
            onSeek={playable ? from : undefined}
          />
        )}
        <div className="track-player-wave">
          <div
            ref={place}
            role="img"
            aria-label={`Waveform of ${track.title}, ${clock(duration_s)} long`}
            style={{ height: HEIGHT }}
          />
          {shows.beats && events && <BeatGrid events={events} view={view} duration_s={duration_s} />}
        </div>
        {picture && <Picture picture={picture} view={view} at={duration_s > 0 ? time_s / duration_s : 0} />}
      </div>
      {pictures.length > 0 && (
        <div className="track-player-bar">
          <Segments
            label="Picture below the waveform"
            value={kind}
            onValue={setKind}
            options={[
              ...pictures.map((one) => ({ value: one.kind, label: title(one.kind) })),
              { value: 'none' as const, label: 'None' },
            ]}
          />
        </div>
      )}
    </section>
  );
}

function pxPerSecond(zoom: number, width: number, duration_s: number): number {
  const fit = Math.max(1e-3, width / Math.max(duration_s, 1e-3));
  return fit >= MAX_PX_PER_S ? fit : fit * (MAX_PX_PER_S / fit) ** zoom;
}

function colours(near: Element): WaveColours {
  return {
    waveColor: cssColour('--ink-2', near),
    progressColor: cssColour('--accent', near),
    cursorColor: cssColour('--c2', near),
  };
}

function useWave({
  track,
  waveform,
  duration_s,
  zoom,
  isOn,
  playable,
}: {
  track: Playable;
  waveform: Waveform;
  duration_s: number;
  zoom: number;
  isOn: boolean;
  playable: boolean;
}) {
  const player = usePlayer();
  const theme = useThemeNow();
  const place = useRef<HTMLDivElement>(null);
  const wave = useRef<WaveSurfer>(null);
  const [view, setView] = useState<View>({ scroll: 0, total: 0, width: 0 });
  const { audio } = player;
  const putOn = useEffectEvent((seconds: number) => {
    if (playable && !isOn) player.play([track], 0, seconds);
  });
  const applyZoom = useEffectEvent((made: WaveSurfer) => {
    made.zoom(zoom === 0 ? 0 : pxPerSecond(zoom, made.getWidth(), duration_s));
  });

  useEffect(() => {
    const parent = place.current;
    if (!parent || duration_s <= 0 || waveform.high.length === 0) return;
    // Another track's sound must not move this one's cursor: until it is on, an element that plays nothing stands in.
    const media = isOn ? audio : new Audio();
    const made = createWave({
      parent,
      media,
      waveform,
      duration_s,
      height: HEIGHT,
      colours: colours(parent),
    });
    const look = () =>
      setView({ scroll: made.getScroll(), total: made.getWrapper().clientWidth, width: made.getWidth() });
    made.on('ready', () => {
      applyZoom(made);
      look();
    });
    made.on('redrawcomplete', look);
    made.on('zoom', look);
    made.on('scroll', look);
    made.on('interaction', (seconds) => putOn(seconds));
    wave.current = made;
    return () => {
      wave.current = null;
      made.destroy();
      parent.replaceChildren();
    };
  }, [audio, isOn, waveform, duration_s]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours
  useEffect(() => {
    if (wave.current && place.current) wave.current.setOptions(colours(place.current));
  }, [theme]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: applyZoom reads it
  useEffect(() => {
    if (wave.current && wave.current.getDuration() > 0) applyZoom(wave.current);
  }, [zoom]);

  return { place, view };
}

type Aligned = { view: View; duration_s: number };

const SECTION_COLOURS = 8;

function Sections({
  sections,
  view,
  duration_s,
  onSeek,
}: Aligned & { sections: readonly Section[]; onSeek?: (seconds: number) => void }) {
  const labels = useMemo(() => [...new Set(sections.map((section) => section.label))], [sections]);
  return (
    <div className="track-player-sections">
      {sections.map((section, at) => {
        const left = (section.start_s / duration_s) * view.total - view.scroll;
        const width = (section.duration_s / duration_s) * view.total;
        if (left > view.width || left + width < 0) return null;
        const name = section.label ? title(section.label) : `Section ${at + 1}`;
        return (
          <button
            key={section.start_s}
            type="button"
            className={`track-player-section c${(Math.max(0, labels.indexOf(section.label)) % SECTION_COLOURS) + 1}`}
            style={{ left, width: Math.max(4, width - 1) }}
            disabled={!onSeek}
            title={[
              `${name}, from ${clock(section.start_s)}`,
              section.loudness_db == null ? [] : `${section.loudness_db.toFixed(1)} dB`,
            ]
              .flat()
              .join(', ')}
            aria-label={`${name}, from ${clock(section.start_s)} to ${clock(section.start_s + section.duration_s)}`}
            onClick={() => onSeek?.(section.start_s)}
          >
            <span>{name}</span>
          </button>
        );
      })}
    </div>
  );
}

/** Beats as short strokes, bars as long ones; beats only where there is room for them. */
function BeatGrid({ events, view, duration_s }: Aligned & { events: Events }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useThemeNow();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element?.parentElement || !context || view.width === 0) return;
    const scale = window.devicePixelRatio || 1;
    element.width = view.width * scale;
    element.height = HEIGHT * scale;
    context.scale(scale, scale);
    const stroke = (times: readonly number[], length: number) => {
      const spacing = view.total / Math.max(1, times.length);
      if (spacing < 4) return;
      for (const time of times) {
        const x = Math.round((time / duration_s) * view.total - view.scroll);
        if (x < 0 || x > view.width) continue;
        context.fillRect(x, 0, 1, length);
        context.fillRect(x, HEIGHT - length, 1, length);
      }
    };
    context.fillStyle = cssColour('--control-line', element.parentElement);
    stroke(events.beats_s, 7);
    context.fillStyle = cssColour('--ink-2', element.parentElement);
    stroke(events.bars_s, 14);
  }, [events, view, duration_s, theme]);
  return <canvas ref={canvas} className="track-player-grid" aria-hidden="true" />;
}

function Picture({ picture, view, at }: { picture: PictureInfo; view: View; at: number }) {
  return (
    <div className="track-player-picture">
      <img
        src={picture.url}
        alt={`${picture.title} of this track`}
        style={{ width: view.total || '100%', transform: `translateX(${-view.scroll}px)` }}
      />
      {picture.ticks.map((tick) => (
        <span
          key={tick.label}
          className="track-player-tick"
          style={{ bottom: `clamp(8px, ${tick.position * 100}%, calc(100% - 8px))` }}
        >
          {tick.label}
        </span>
      ))}
      <span
        className="track-player-cursor"
        style={{ transform: `translateX(${at * view.total - view.scroll}px)` }}
      />
    </div>
  );
}
