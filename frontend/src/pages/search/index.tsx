import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { api, take } from '@/api/client';
import { keys } from '@/api/queries';
import { useTitle } from '@/lib/useTitle';
import { EmptyState, Loaded, Pagination } from '@/ui';
import { TrackRow } from '@/ui/TrackRow';

const LIMIT = 50;

export default function SearchPage() {
  const [params, setParams] = useSearchParams();
  const q = params.get('q') ?? '';
  const offset = Number(params.get('offset') ?? 0) || 0;
  useTitle(q ? `${q} – search` : 'Search');
  const found = useQuery({
    queryKey: [...keys.tracks, 'search', q, offset],
    queryFn: ({ signal }) =>
      take(api.GET('/api/v1/tracks', { params: { query: { q, limit: LIMIT, offset } }, signal })),
    placeholderData: (before) => before,
  });
  return (
    <div className="stack">
      <h1>{q ? `“${q}”` : 'All tracks'}</h1>
      <Loaded query={found}>
        {(answer) =>
          answer.items.length === 0 ? (
            <EmptyState icon="search" title="Nothing found">
              Try fewer words, or a range: energy&gt;0.7, tempo:120-130, key:Am, genre:house.
            </EmptyState>
          ) : (
            <>
              <div className="card">
                {answer.items.map((track) => (
                  <TrackRow key={track.id} track={track} among={answer.items} />
                ))}
              </div>
              <Pagination
                total={answer.total}
                limit={LIMIT}
                offset={offset}
                onOffset={(next) => setParams({ q, offset: String(next) })}
              />
            </>
          )
        }
      </Loaded>
    </div>
  );
}
