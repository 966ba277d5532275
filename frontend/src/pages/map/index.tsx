import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { api, take } from '@/api/client';
import { keys, useIsOwner } from '@/api/queries';
import type { MapPoints } from '@/api/types';
import { count, title } from '@/lib/format';
import { useTitle } from '@/lib/useTitle';
import { usePlayer } from '@/player';
import { Button, EmptyState, Field, Loaded, Note, Segments } from '@/ui';
import { type Colouring, colourOf, legend } from './colours';
import { MapCanvas } from './MapCanvas';
import { PathPanel } from './PathPanel';
import './map.css';

export default function MapPage() {
  useTitle('Map');
  const map = useQuery({
    queryKey: [...keys.groups, 'map'],
    queryFn: ({ signal }) => take(api.GET('/api/v1/map', { signal })) as Promise<MapPoints>,
    staleTime: 60_000,
  });
  return (
    <div className="stack">
      <header className="page-head">
        <div>
          <h1>Map</h1>
          <p className="lead">
            What sounds alike lies together. Only nearness means something; directions do not.
          </p>
        </div>
        <div className="row">
          <Link to="/clusters">Clusters as a list</Link>
          <MakeAnew />
        </div>
      </header>
      <Loaded query={map}>
        {(points) =>
          points.id.length === 0 ? (
            <EmptyState icon="map" title="There is no map yet">
              It is made of all analysed tracks, on the button above, and by itself once there are twenty and
              the queue runs dry.
            </EmptyState>
          ) : (
            <MapView points={points} />
          )
        }
      </Loaded>
    </div>
  );
}

export function MakeAnew() {
  const isOwner = useIsOwner();
  const navigate = useNavigate();
  const make = useMutation({
    mutationFn: () => take(api.POST('/api/v1/groups', {})),
    onSuccess: (job) => navigate(`/jobs/${job.id}`),
  });
  if (!isOwner) return null;
  return (
    <Button icon="refresh" busy={make.isPending} onClick={() => make.mutate()}>
      Make map and clusters anew
    </Button>
  );
}

function MapView({ points }: { points: MapPoints }) {
  const [params, setParams] = useSearchParams();
  const player = usePlayer();
  const [by, setBy] = useState<Colouring>('genre');
  const [tool, setTool] = useState<'move' | 'lasso'>('move');
  const [chosen, setChosen] = useState<readonly number[]>([]);
  const [current, setCurrent] = useState<number | null>(null);
  const [path, setPath] = useState<readonly string[]>([]);
  const places = useMemo(() => new Map(points.id.map((id, at) => [id, at])), [points]);
  const colours = useMemo(() => points.id.map((_, at) => colourOf(points, by, at)), [points, by]);
  const entries = useMemo(() => legend(points, by), [points, by]);
  const playing = places.get(player.track?.id ?? '');
  const start = params.get('from');
  const way = path.map((id) => places.get(id)).filter((at): at is number => at !== undefined);

  return (
    <div className="map-page">
      <div className="map-main">
        <div className="map-tools row between">
          <Segments
            label="Colour by"
            value={by}
            onValue={setBy}
            options={[
              { value: 'genre', label: 'Genre' },
              { value: 'mood', label: 'Mood' },
              { value: 'cluster', label: 'Cluster' },
            ]}
          />
          <Segments
            label="What dragging does"
            value={tool}
            onValue={setTool}
            options={[
              { value: 'move', label: 'Move' },
              { value: 'lasso', label: 'Lasso' },
            ]}
          />
        </div>
        <MapCanvas
          points={points}
          colours={colours}
          tool={tool}
          chosen={chosen}
          way={way}
          current={current ?? playing ?? null}
          onCurrent={setCurrent}
          onChosen={setChosen}
        />
        <ul className="map-legend" aria-label="Colours">
          {entries.map((entry) => (
            <li key={entry.label}>
              <span className="map-swatch" data-colour={entry.colour} aria-hidden="true">
                <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
                  <circle cx="5" cy="5" r="5" fill={entry.colour} />
                </svg>
              </span>
              {title(entry.label)} <small className="quiet number">{count(entry.count)}</small>
            </li>
          ))}
        </ul>
      </div>
      <div className="stack">
        {current !== null && (
          <Current points={points} at={current} onPathFrom={(id) => setParams({ from: id })} />
        )}
        {chosen.length > 0 ? (
          <Chosen points={points} chosen={chosen} onClear={() => setChosen([])} />
        ) : (
          current === null && (
            <Note>
              Press a point to hear about it. With the lasso, draw around points to make a playlist of them.
              Arrow keys go from point to point, plus and minus zoom.
            </Note>
          )
        )}
        {start && (
          <PathPanel
            key={start}
            from={start}
            to={current === null ? null : (points.id[current] ?? null)}
            onPath={setPath}
            onClose={() => {
              setPath([]);
              setParams({});
            }}
          />
        )}
      </div>
    </div>
  );
}

function Current({
  points,
  at,
  onPathFrom,
}: {
  points: MapPoints;
  at: number;
  onPathFrom: (id: string) => void;
}) {
  const player = usePlayer();
  const id = points.id[at] ?? '';
  const track = {
    id,
    title: points.title[at] ?? '',
    artist: { id: '', name: points.artist[at] || 'Unknown artist' },
    duration_ms: null,
  };
  return (
    <section className="card stack gap-s" aria-label="Chosen point" aria-live="polite">
      <h2>
        <Link to={`/tracks/${id}`}>{track.title}</Link>
      </h2>
      <p className="quiet">
        {track.artist.name}
        {(points.genre[at] ?? -1) >= 0 && ` · ${points.genres[points.genre[at] ?? 0]}`}
      </p>
      <div className="row gap-s">
        <Button icon="play" variant="primary" size="small" onClick={() => player.play([track as never])}>
          Play
        </Button>
        <Button icon="right" size="small" onClick={() => onPathFrom(id)}>
          Path from here
        </Button>
      </div>
    </section>
  );
}

function Chosen({
  points,
  chosen,
  onClear,
}: {
  points: MapPoints;
  chosen: readonly number[];
  onClear: () => void;
}) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [name, setName] = useState('From the map');
  const ids = chosen.map((at) => points.id[at] ?? '');
  const keep = useMutation({
    mutationFn: () =>
      take(
        api.POST('/api/v1/playlists', {
          body: { name, track_ids: ids, description: '', sort: '', limit: 100 },
        }),
      ),
    onSuccess: (playlist) => {
      void client.invalidateQueries({ queryKey: keys.playlists });
      navigate(`/playlists/${playlist.id}`);
    },
  });
  return (
    <section className="card stack gap-s" aria-label="Lasso">
      <h2 aria-live="polite">{count(chosen.length)} tracks</h2>
      <ul className="plain-list small">
        {chosen.slice(0, 8).map((at) => (
          <li key={points.id[at]} className="truncate">
            {points.title[at]} <span className="quiet">{points.artist[at]}</span>
          </li>
        ))}
        {chosen.length > 8 && <li className="quiet">and {count(chosen.length - 8)} more</li>}
      </ul>
      <Field label="Name of the playlist" value={name} onChange={(event) => setName(event.target.value)} />
      <div className="row gap-s">
        <Button
          icon="playlist"
          variant="primary"
          busy={keep.isPending}
          disabled={!name.trim()}
          onClick={() => keep.mutate()}
        >
          Make playlist
        </Button>
        <Button onClick={onClear}>Clear</Button>
      </div>
    </section>
  );
}
