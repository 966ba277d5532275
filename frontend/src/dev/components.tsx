import { type ReactNode, useState } from 'react';
import type { Waveform as Outline, TrackSummary } from '@/api/types';
import {
  CandidateList,
  FeatureBar,
  FeatureRadar,
  GenreBars,
  Histogram,
  KeyWheel,
  LineChart,
  MoodPlane,
  Waveform,
} from '@/charts';
import { useTitle } from '@/lib/useTitle';
import { TrackPlayer } from '@/player/TrackPlayer';
import {
  Badge,
  Button,
  ConfirmDialog,
  EmptyState,
  ErrorState,
  Field,
  Icon,
  IconButton,
  Menu,
  Note,
  Pagination,
  Progress,
  Readout,
  Segments,
  Select,
  Skeleton,
  Slider,
  Switch,
  Table,
  Tabs,
  Tooltip,
  TrackRow,
  toast,
} from '@/ui';
import { ICON_NAMES } from '@/ui/Icon';

/** Everything that pages are built of, with made-up values: for the development server alone. */

const FEATURES = [
  { label: 'Danceability', value: 0.72, low: 0.58, high: 0.84 },
  { label: 'Energy', value: 0.81, low: 0.7, high: 0.9 },
  { label: 'Valence', value: 0.44, low: 0.24, high: 0.66 },
  { label: 'Acousticness', value: 0.12, low: 0.02, high: 0.31 },
  { label: 'Instrumentalness', value: 0.63, low: 0.3, high: 0.9 },
  { label: 'Speechiness', value: 0.05, low: 0.02, high: 0.12 },
  { label: 'Liveness', value: 0.18, low: 0.06, high: 0.37 },
];

const GENRES = [
  { name: 'house', score: 0.52 },
  { name: 'techno', score: 0.24 },
  { name: 'disco', score: 0.11 },
  { name: 'synth-pop', score: 0.06 },
  { name: 'drum and bass', score: 0.03 },
  { name: 'ambient', score: 0.004 },
];

const LENGTH_S = 192;
const high = Array.from({ length: 1600 }, (_, at) => {
  const part = Math.floor(at / 200) % 3;
  const beat = 1 - ((at * LENGTH_S * 2) / 1600 - Math.floor((at * LENGTH_S * 2) / 1600));
  return Math.round(([38, 78, 118][part] ?? 0) * (0.45 + 0.55 * beat) * (0.8 + 0.2 * Math.sin(at * 1.7)));
});
const outline: Outline = { low: high.map((value) => Math.round(-value * 0.86)), high, duration_s: LENGTH_S };
const beats_s = Array.from({ length: LENGTH_S * 2 }, (_, at) => at / 2);
const events = {
  beats_s,
  bars_s: beats_s.filter((_, at) => at % 4 === 0),
  sections: ['intro', 'verse', 'chorus', 'verse', 'chorus', 'bridge', 'chorus', 'outro'].map((label, at) => ({
    start_s: at * 24,
    duration_s: 24,
    label,
    confidence: 0.7,
  })),
};

const track = (at: number, more: Partial<TrackSummary> = {}): TrackSummary => ({
  id: `made-up-${at}`,
  title:
    ['Glass Harbour', 'A Rather Long Title That Must Not Break Anything at All', 'Undertow', 'Nine'][
      at % 4
    ] ?? '',
  artist: { id: 'a', name: ['Ilse Marr', 'The Quiet Machines', 'Ono Vega', 'Tam'][at % 4] ?? '' },
  album: null,
  year: 2019,
  duration_ms: 187_000 + at * 13_000,
  status: 'analysed',
  is_missing: false,
  origin: 'demo',
  danceability: 0.7,
  energy: 0.8 - at * 0.13,
  valence: 0.4,
  acousticness: 0.1,
  instrumentalness: 0.6,
  speechiness: 0.05,
  liveness: 0.2,
  loudness: -8.2,
  tempo: 120 + at,
  key: at * 3,
  mode: at % 2,
  time_signature: 4,
  genre: 'house',
  genre_probability: 0.5,
  mood_valence: 0.6,
  mood_arousal: 0.7,
  quadrant: 'Q1',
  cluster: 1,
  added_at: '2026-03-04T12:00:00Z',
  ...more,
});
const TRACKS = [track(0), track(1, { is_missing: true }), track(2, { status: 'failed' }), track(3)];

function Part({ name, children }: { name: string; children: ReactNode }) {
  return (
    <section className="card">
      <div className="card-head">
        <h2>{name}</h2>
      </div>
      {children}
    </section>
  );
}

export default function ComponentsPage() {
  useTitle('Components');
  return (
    <div className="stack gap-l">
      <header>
        <h1>What pages are built of</h1>
        <p className="lead">The values here are made up. Try the keyboard, both themes, and 360 pixels.</p>
      </header>
      <hr className="scale" />
      <TrackPlayer track={track(0)} waveform={outline} events={events} />
      <div className="split">
        <Part name="Features">
          <div className="stack">
            {FEATURES.map((one, at) => (
              <FeatureBar
                key={one.label}
                label={one.label}
                value={one.value}
                interval={{ low: one.low, high: one.high }}
                corrected={at === 2 ? 0.7 : null}
              />
            ))}
            <FeatureBar label="Not known" value={null} />
          </div>
        </Part>
        <Part name="Radar">
          <FeatureRadar title="Features" axes={FEATURES} />
        </Part>
      </div>
      <div className="grid">
        <Part name="Genres">
          <GenreBars items={GENRES} />
        </Part>
        <Part name="Mood">
          <MoodPlane
            point={{ valence: 0.68, arousal: 0.74 }}
            quadrant="happy, lively"
            others={FEATURES.map((one) => ({ valence: one.value, arousal: one.high }))}
          />
        </Part>
        <Part name="Key">
          <KeyWheel keyClass={9} mode={0} confidence={0.71} />
        </Part>
        <Part name="Tempo">
          <CandidateList
            label="Tempo candidates"
            items={[
              { label: '122.0 bpm', confidence: 0.83 },
              { label: '61.0 bpm', confidence: 0.14 },
              { label: '183.1 bpm', confidence: 0.03 },
            ]}
          />
        </Part>
        <Part name="Histogram">
          <Histogram
            title="Tempo"
            edges={Array.from({ length: 21 }, (_, at) => 60 + at * 6)}
            counts={[2, 3, 6, 9, 14, 18, 22, 31, 44, 61, 72, 58, 40, 33, 24, 14, 9, 6, 3, 1]}
            unit="bpm"
            marker={122}
            selected={[96, 144]}
            onSelect={() => undefined}
          />
        </Part>
        <Part name="Waveform, half heard">
          <Waveform
            label="Waveform so far"
            low={outline.low.slice(0, 900)}
            high={high.slice(0, 900)}
            total={1600}
          />
          <Progress label="Listening" fraction={0.56} />
        </Part>
      </div>
      <Part name="Lines">
        <LineChart
          title="Learning curves"
          xLabel="epoch"
          yLabel="loss"
          series={['training', 'validation', 'baseline'].map((name, line) => ({
            name,
            x: Array.from({ length: 40 }, (_, at) => at),
            y: Array.from({ length: 40 }, (_, at) =>
              at === 17 && line === 1 ? null : 0.2 + line * 0.08 + 0.8 / (1 + at / 4),
            ),
          }))}
        />
      </Part>
      <Controls />
      <Part name="Table">
        <DemoTable />
      </Part>
      <Part name="Tracks">
        {TRACKS.map((one) => (
          <TrackRow key={one.id} track={one} among={TRACKS} />
        ))}
      </Part>
      <div className="grid">
        <Part name="Empty">
          <EmptyState
            icon="library"
            title="Nothing here yet"
            action={<Button icon="folder">Add a folder</Button>}
          >
            Add a folder and Reprise will listen to what is in it.
          </EmptyState>
        </Part>
        <Part name="Error">
          <ErrorState error={new TypeError('x')} onRetry={() => undefined} />
        </Part>
        <Part name="On its way">
          <div className="stack">
            <Skeleton lines={4} />
            <Progress label="Waiting" fraction={null} />
          </div>
        </Part>
      </div>
      <Part name="Icons">
        <div className="row">
          {ICON_NAMES.map((name) => (
            <Icon key={name} name={name} size={24} />
          ))}
        </div>
      </Part>
    </div>
  );
}

function Controls() {
  const [value, setValue] = useState(0.4);
  const [isOn, setOn] = useState(true);
  const [colour, setColour] = useState<'genre' | 'mood' | 'cluster'>('genre');
  const [asks, setAsks] = useState(false);
  return (
    <div className="grid">
      <Part name="Buttons">
        <div className="stack">
          <div className="row">
            <Button variant="primary" icon="play">
              Play all
            </Button>
            <Button icon="plus">Add</Button>
            <Button variant="ghost">Cancel</Button>
            <Button variant="danger" icon="trash" onClick={() => setAsks(true)}>
              Delete
            </Button>
          </div>
          <div className="row">
            <Button busy>Saving</Button>
            <Button disabled>Not now</Button>
            <IconButton icon="thumb-up" label="Right" pressed />
            <IconButton icon="thumb-down" label="Wrong" />
            <Menu
              label="More"
              align="start"
              items={[
                { label: 'Play next', icon: 'queue' },
                { label: 'Shown', checked: true },
                'line',
                { label: 'Delete', icon: 'trash', danger: true },
              ]}
            />
            <Tooltip text="80 % of songs like it lie between these">
              <Button size="small">What is this?</Button>
            </Tooltip>
          </div>
          <div className="row">
            <Button
              size="small"
              onClick={() => toast({ kind: 'info', title: 'Saved', detail: 'The playlist has 12 tracks.' })}
            >
              A message
            </Button>
            <Button
              size="small"
              onClick={() =>
                toast({
                  kind: 'error',
                  title: 'That file is too large',
                  detail: 'At most 200 MB can be sent.',
                })
              }
            >
              An error
            </Button>
          </div>
        </div>
        <ConfirmDialog
          open={asks}
          title="Delete this playlist?"
          action="Delete playlist"
          onConfirm={() => setAsks(false)}
          onClose={() => setAsks(false)}
        >
          Its tracks stay in the library.
        </ConfirmDialog>
      </Part>
      <Part name="Fields">
        <div className="stack">
          <Field label="Name" placeholder="Late trains" hint="As it is shown in the list." />
          <Field
            label="Address"
            defaultValue="ftp://x"
            error="Only http and https addresses can be fetched."
          />
          <Select
            label="Genre"
            options={GENRES.map(({ name }) => ({ value: name, label: name }))}
            onValue={() => undefined}
          />
          <Slider label="Energy" value={value} onValue={setValue} format={(n) => n.toFixed(2)} />
          <Switch label="Show suggestions from the net" checked={isOn} onValue={setOn} />
          <Segments
            label="Colour by"
            value={colour}
            onValue={setColour}
            options={[
              { value: 'genre', label: 'Genre' },
              { value: 'mood', label: 'Mood' },
              { value: 'cluster', label: 'Cluster' },
            ]}
          />
        </div>
      </Part>
      <Part name="Said beside">
        <div className="stack">
          <div className="row gap-s">
            <Badge>folder</Badge>
            <Badge tone="accent" icon="check">
              corrected
            </Badge>
            <Badge tone="warn">missing</Badge>
            <Badge tone="danger">failed</Badge>
          </div>
          <Note>Eras are known of 40 % of these tracks.</Note>
          <Note tone="warn">The file ends early.</Note>
          <Note tone="danger">It cannot be decoded.</Note>
          <dl className="grid tight">
            <Readout label="Tempo" value="122.0" unit="bpm" />
            <Readout label="Loudness" value="−8.2" unit="LUFS" />
          </dl>
          <Tabs
            label="Parts"
            tabs={[
              { id: 'one', label: 'Chroma', content: 'The first.' },
              { id: 'two', label: 'Tempogram', content: 'The second.' },
              { id: 'three', label: 'MFCC', content: 'The third.' },
            ]}
          />
        </div>
      </Part>
    </div>
  );
}

function DemoTable() {
  const [sort, setSort] = useState('-energy');
  const by = [...TRACKS].sort(
    (a, b) => (sort.startsWith('-') ? -1 : 1) * ((a.energy ?? 0) - (b.energy ?? 0)),
  );
  return (
    <div className="stack">
      <Table
        caption="Tracks"
        rows={by}
        rowKey={(one) => one.id}
        sort={sort}
        onSort={setSort}
        onOpen={() => undefined}
        columns={[
          { id: 'title', header: 'Title', cell: (one) => one.title, isRowHeader: true },
          { id: 'artist', header: 'Artist', cell: (one) => one.artist?.name },
          {
            id: 'energy',
            header: 'Energy',
            cell: (one) => one.energy?.toFixed(2),
            sort: 'energy',
            align: 'end',
            descendingFirst: true,
          },
        ]}
      />
      <Pagination total={1234} limit={50} offset={50} onOffset={() => undefined} />
    </div>
  );
}
