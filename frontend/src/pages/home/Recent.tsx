import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { api, take } from '@/api/client';
import { keys } from '@/api/queries';
import { percent } from '@/lib/format';
import { Loaded, TrackRow } from '@/ui';

/** What is being worked on now, and what came last. */
export function Recent() {
  const running = useQuery({
    queryKey: [...keys.jobs, 'open'],
    queryFn: ({ signal }) =>
      take(api.GET('/api/v1/jobs', { params: { query: { status: 'running', limit: 5 } }, signal })),
    refetchInterval: 3000,
  });
  const tracks = useQuery({
    queryKey: [...keys.tracks, 'recent'],
    queryFn: ({ signal }) =>
      take(api.GET('/api/v1/tracks', { params: { query: { sort: '-added_at', limit: 6 } }, signal })),
    refetchInterval: 15_000,
  });
  return (
    <>
      {(running.data?.items.length ?? 0) > 0 && (
        <section>
          <h2>At work</h2>
          <ul className="plain-list">
            {running.data?.items.map((job) => (
              <li key={job.id} className="row between">
                <Link to={`/jobs/${job.id}`}>{job.title}</Link>
                <span className="number quiet">
                  {job.fraction === null ? job.stage : percent(job.fraction)}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <Loaded query={tracks}>
        {(page) =>
          page.items.length > 0 && (
            <section>
              <h2>New in the library</h2>
              {page.items.map((track) => (
                <TrackRow key={track.id} track={track} among={page.items} />
              ))}
            </section>
          )
        }
      </Loaded>
    </>
  );
}
