import { useQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';
import { api, take } from '@/api/client';
import { keys } from '@/api/queries';
import { SearchBox } from '@/app/SearchBox';
import { useTitle } from '@/lib/useTitle';
import { ButtonLink, EmptyState, Loaded, Pagination, TrackRow } from '@/ui';

const LIMIT = 30;

export default function SearchPage() {
  const [params, setParams] = useSearchParams();
  const q = params.get('q') ?? '';
  const offset = Number(params.get('offset') ?? 0) || 0;
  useTitle(q ? `Search: ${q}` : 'Search');
  const found = useQuery({
    queryKey: [...keys.tracks, 'search', q, offset],
    queryFn: ({ signal }) =>
      take(api.GET('/api/v1/search', { params: { query: { q, limit: LIMIT, offset } }, signal })),
    placeholderData: (before) => before,
  });
  return (
    <div className="stack">
      <h1 className="visually-hidden">Search</h1>
      <SearchBox large initial={q} key={q} />
      <Loaded query={found}>
        {(page) =>
          page.total === 0 ? (
            <EmptyState icon="search" title={`Nothing is found for “${q}”`}>
              {page.suggestions.length > 0 && (
                <p>
                  Did you mean{' '}
                  {page.suggestions.map((text, at) => (
                    <span key={text}>
                      {at > 0 && ', '}
                      <Link to={`/search?q=${encodeURIComponent(text)}`}>{text}</Link>
                    </span>
                  ))}
                  ?
                </p>
              )}
              <p>
                Words are looked for in titles, artists and albums, also misspelt ones. Fields narrow it down:{' '}
                <code>genre:house energy&gt;0.7 tempo:120-130 key:Am year:1990-1999</code>.
              </p>
            </EmptyState>
          ) : (
            <>
              <div className="row between">
                <p className="quiet small">
                  Understood as <code>{page.query || 'everything'}</code>
                </p>
                <ButtonLink to={`/library?q=${encodeURIComponent(q)}`} size="small" icon="filter">
                  As a table
                </ButtonLink>
              </div>
              <div className="card">
                {page.items.map((track) => (
                  <TrackRow key={track.id} track={track} among={page.items} />
                ))}
              </div>
              <Pagination
                total={page.total}
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
