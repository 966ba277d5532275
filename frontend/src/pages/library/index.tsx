import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearchParams } from 'react-router';
import { api, take } from '@/api/client';
import { keys } from '@/api/queries';
import type { TrackSummary } from '@/api/types';
import { duration, keyName, tempo, unit } from '@/lib/format';
import { useTitle } from '@/lib/useTitle';
import { PlayButton, usePlayer } from '@/player';
import { type Column, EmptyState, Loaded, Pagination, Table } from '@/ui';

const LIMIT = 50;

function columns(among: readonly TrackSummary[]): Column<TrackSummary>[] {
  const number = (id: 'energy' | 'valence' | 'danceability', header: string): Column<TrackSummary> => ({
    id,
    header,
    cell: (track) => unit(track[id]),
    sort: id,
    align: 'end',
    descendingFirst: true,
  });
  return [
    {
      id: 'play',
      header: <span className="visually-hidden">Play</span>,
      cell: (track) => <PlayButton track={track} among={among} disabled={track.is_missing} />,
    },
    { id: 'title', header: 'Title', cell: (track) => track.title, sort: 'title', isRowHeader: true },
    { id: 'artist', header: 'Artist', cell: (track) => track.artist?.name ?? '–', sort: 'artist' },
    { id: 'genre', header: 'Genre', cell: (track) => track.genre || '–', sort: 'genre' },
    { id: 'tempo', header: 'Tempo', cell: (track) => tempo(track.tempo), sort: 'tempo', align: 'end' },
    { id: 'key', header: 'Key', cell: (track) => keyName(track.key, track.mode), sort: 'key' },
    number('energy', 'Energy'),
    number('valence', 'Valence'),
    number('danceability', 'Danceability'),
    { id: 'length', header: 'Length', cell: (track) => duration(track.duration_ms), align: 'end' },
  ];
}

export default function LibraryPage() {
  useTitle('Library');
  const navigate = useNavigate();
  const player = usePlayer();
  const [params, setParams] = useSearchParams();
  const sort = params.get('sort') ?? '-added_at';
  const offset = Number(params.get('offset') ?? 0) || 0;
  const tracks = useQuery({
    queryKey: [...keys.tracks, 'list', sort, offset],
    queryFn: ({ signal }) =>
      take(api.GET('/api/v1/tracks', { params: { query: { sort, limit: LIMIT, offset } }, signal })),
    placeholderData: (before) => before,
  });
  return (
    <div className="stack">
      <h1>Library</h1>
      <Loaded query={tracks}>
        {(page) =>
          page.total === 0 ? (
            <EmptyState icon="library" title="The library is empty">
              Add a folder in the settings, or drop a file on the home page.
            </EmptyState>
          ) : (
            <>
              <Table
                caption="Tracks"
                columns={columns(page.items)}
                rows={page.items}
                rowKey={(track) => track.id}
                sort={sort}
                onSort={(next) => setParams({ sort: next })}
                onOpen={(track) => navigate(`/tracks/${track.id}`)}
                isCurrent={(track) => track.id === player.track?.id}
              />
              <Pagination
                total={page.total}
                limit={LIMIT}
                offset={offset}
                onOffset={(next) => setParams({ sort, offset: String(next) })}
              />
            </>
          )
        }
      </Loaded>
    </div>
  );
}
