import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { api, take } from '@/api/client';
import { keys } from '@/api/queries';
import type { TrackSummary } from '@/api/types';
import { date, decimal, duration, keyName, tempo, unit } from '@/lib/format';
import { read, write } from '@/lib/stored';
import { useTitle } from '@/lib/useTitle';
import { PlayButton, usePlayer } from '@/player';
import { Badge, Button, type Column, EmptyState, Field, Loaded, Menu, Pagination, Table, Tabs } from '@/ui';
import { Distributions } from './Distributions';
import './library.css';

const LIMIT = 50;
const HIDDEN_FIRST = [
  'album',
  'acousticness',
  'instrumentalness',
  'speechiness',
  'liveness',
  'loudness',
  'year',
  'added',
];

type Choice = Column<TrackSummary> & { label: string };

function choices(among: readonly TrackSummary[]): Choice[] {
  const number = (id: keyof TrackSummary & string, label: string, text = unit): Choice => ({
    id,
    label,
    header: label,
    cell: (track) => text(track[id] as number | null),
    sort: id,
    align: 'end',
    descendingFirst: true,
  });
  return [
    {
      id: 'play',
      label: '',
      header: <span className="visually-hidden">Play</span>,
      cell: (track) => <PlayButton track={track} among={among} disabled={track.is_missing} />,
    },
    {
      id: 'title',
      label: 'Title',
      header: 'Title',
      cell: (track) => (
        <>
          {track.title} {track.is_missing && <Badge tone="warn">missing</Badge>}
          {track.status === 'queued' && <Badge>waiting</Badge>}
          {track.status === 'failed' && <Badge tone="danger">failed</Badge>}
        </>
      ),
      sort: 'title',
      isRowHeader: true,
    },
    {
      id: 'artist',
      label: 'Artist',
      header: 'Artist',
      cell: (track) => track.artist?.name ?? '–',
      sort: 'artist',
    },
    {
      id: 'album',
      label: 'Album',
      header: 'Album',
      cell: (track) => track.album?.title ?? '–',
      sort: 'album',
    },
    { id: 'genre', label: 'Genre', header: 'Genre', cell: (track) => track.genre || '–', sort: 'genre' },
    number('tempo', 'Tempo', tempo),
    { id: 'key', label: 'Key', header: 'Key', cell: (track) => keyName(track.key, track.mode), sort: 'key' },
    number('energy', 'Energy'),
    number('valence', 'Valence'),
    number('danceability', 'Danceability'),
    number('acousticness', 'Acousticness'),
    number('instrumentalness', 'Instrumentalness'),
    number('speechiness', 'Speechiness'),
    number('liveness', 'Liveness'),
    number('loudness', 'Loudness', (value) => decimal(value, 1)),
    number('year', 'Year', (value) => (value == null ? '–' : String(value))),
    {
      id: 'added',
      label: 'Added',
      header: 'Added',
      cell: (track) => date(track.added_at),
      sort: 'added_at',
      descendingFirst: true,
    },
    {
      id: 'length',
      label: 'Length',
      header: 'Length',
      cell: (track) => duration(track.duration_ms),
      sort: 'duration_ms',
      align: 'end',
    },
  ];
}

export default function LibraryPage() {
  useTitle('Library');
  return (
    <div className="stack">
      <h1>Library</h1>
      <Filter />
      <Tabs
        label="Library"
        tabs={[
          { id: 'tracks', label: 'Tracks', content: <Tracks /> },
          { id: 'distributions', label: 'Distributions', content: <Distributions /> },
        ]}
      />
    </div>
  );
}

function Filter() {
  const [params, setParams] = useSearchParams();
  const q = params.get('q') ?? '';
  const [text, setText] = useState(q);
  const [shown, setShown] = useState(q);
  if (shown !== q) {
    setShown(q);
    setText(q);
  }
  const ask = (next: string) =>
    setParams((before) => {
      before.delete('offset');
      if (next.trim()) before.set('q', next.trim());
      else before.delete('q');
      return before;
    });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    ask(text);
  };
  return (
    <form className="row library-filter" onSubmit={onSubmit}>
      <div className="grow">
        <Field
          label="Filter"
          placeholder="energy>0.7 tempo:120-130 key:Am genre:house"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <Button type="submit" icon="filter">
        Filter
      </Button>
      {q && <Button onClick={() => ask('')}>Clear</Button>}
    </form>
  );
}

function Tracks() {
  const navigate = useNavigate();
  const player = usePlayer();
  const [params, setParams] = useSearchParams();
  const q = params.get('q') ?? '';
  const sort = params.get('sort') ?? '-added_at';
  const offset = Number(params.get('offset') ?? 0) || 0;
  const [hidden, setHidden] = useState(
    () => new Set((read('hidden-columns') ?? HIDDEN_FIRST.join()).split(',')),
  );
  const tracks = useQuery({
    queryKey: [...keys.tracks, 'list', q, sort, offset],
    queryFn: ({ signal }) =>
      take(api.GET('/api/v1/tracks', { params: { query: { q, sort, limit: LIMIT, offset } }, signal })),
    placeholderData: (before) => before,
  });
  const change = (more: Record<string, string>) =>
    setParams((before) => {
      for (const [name, value] of Object.entries(more)) before.set(name, value);
      return before;
    });
  const toggle = (id: string) => {
    const next = new Set(hidden);
    if (!next.delete(id)) next.add(id);
    write('hidden-columns', [...next].join());
    setHidden(next);
  };
  return (
    <Loaded query={tracks}>
      {(page) => {
        const all = choices(page.items);
        if (page.total === 0)
          return q ? (
            <EmptyState icon="filter" title="No track fits this filter" />
          ) : (
            <EmptyState icon="library" title="The library is empty">
              Add a folder in the settings, or drop a file on the home page.
            </EmptyState>
          );
        return (
          <div className="stack">
            <div className="row between">
              <Pagination
                total={page.total}
                limit={LIMIT}
                offset={offset}
                onOffset={(next) => change({ offset: String(next) })}
              />
              <Menu
                label="Columns"
                icon="columns"
                items={all
                  .filter((column) => column.label && column.id !== 'title')
                  .map((column) => ({
                    label: column.label,
                    checked: !hidden.has(column.id),
                    onSelect: () => toggle(column.id),
                  }))}
              >
                Columns
              </Menu>
            </div>
            <Table
              caption="Tracks. Arrows go from row to row, Enter opens, p plays."
              columns={all.filter((column) => !hidden.has(column.id))}
              rows={page.items}
              rowKey={(track) => track.id}
              sort={sort}
              onSort={(next) => change({ sort: next, offset: '0' })}
              onOpen={(track) => navigate(`/tracks/${track.id}`)}
              onKey={(key, track) => {
                if (key !== 'p' || track.is_missing) return false;
                player.play(page.items, page.items.indexOf(track));
                return true;
              }}
              isCurrent={(track) => track.id === player.track?.id}
            />
          </div>
        );
      }}
    </Loaded>
  );
}
