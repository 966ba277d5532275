import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { api, take } from '@/api/client';
import { keys } from '@/api/queries';
import { GenreBars } from '@/charts';
import { percent } from '@/lib/format';
import { useTitle } from '@/lib/useTitle';
import { usePlayer } from '@/player';
import { Badge, Button, EmptyState, Loaded, Note, TrackRow } from '@/ui';

export default function AudiencePage() {
  const { id = '' } = useParams();
  const player = usePlayer();
  const params = { path: { track_id: id } };
  const track = useQuery({
    queryKey: keys.track(id),
    queryFn: ({ signal }) => take(api.GET('/api/v1/tracks/{track_id}', { params, signal })),
  });
  const audience = useQuery({
    queryKey: [...keys.track(id), 'audience'],
    queryFn: ({ signal }) => take(api.GET('/api/v1/tracks/{track_id}/audience', { params, signal })),
  });
  useTitle(track.data ? `Audience of ${track.data.title}` : 'Audience');
  return (
    <div className="stack gap-l">
      <header>
        <h1>Who listens to music like this?</h1>
        <p className="lead">
          {track.data && <Link to={`/tracks/${id}`}>{track.data.title}</Link>}
          {track.data?.artist && ` by ${track.data.artist.name}`}
        </p>
      </header>
      <Loaded query={audience}>
        {(found) =>
          found.neighbours === 0 ? (
            <EmptyState icon="user" title="Nothing to compare with yet">
              The audience is read off similar tracks in this library, and there are none.
            </EmptyState>
          ) : (
            <>
              <p className="lead">{found.sentence}</p>
              <div className="grid">
                <Shares title="Styles" rows={found.styles} />
                <Shares title="Eras" rows={found.eras} unknown={found.neighbours - found.known_year} />
                <Shares
                  title="Countries"
                  rows={found.countries}
                  unknown={found.neighbours - found.known_country}
                />
                <section className="card" aria-labelledby="audience-artists">
                  <h2 id="audience-artists">Artists</h2>
                  <ul className="plain-list">
                    {found.artists.map((each) => (
                      <li key={each.artist.id} className="row between">
                        <span>
                          {each.artist.name}{' '}
                          <small className="quiet number">{percent(each.similarity)}</small>
                        </span>
                        <Button
                          size="small"
                          icon="play"
                          aria-label={`Play ${each.artist.name}`}
                          onClick={() => player.play(each.tracks)}
                        >
                          Play
                        </Button>
                      </li>
                    ))}
                  </ul>
                </section>
              </div>
              <section className="stack gap-s" aria-label="What is not known">
                {found.caveats.map((caveat) => (
                  <Note key={caveat}>{caveat}</Note>
                ))}
              </section>
              <section className="card" aria-labelledby="audience-tracks">
                <h2 id="audience-tracks">The {found.tracks.length} nearest tracks</h2>
                {found.tracks.map((each) => (
                  <TrackRow
                    key={each.track.id}
                    track={each.track}
                    among={found.tracks.map((other) => other.track)}
                    aside={<Badge>{percent(each.similarity)}</Badge>}
                  />
                ))}
              </section>
            </>
          )
        }
      </Loaded>
    </div>
  );
}

function Shares({
  title,
  rows,
  unknown = 0,
}: {
  title: string;
  rows: readonly { name: string; share: number; tracks: number }[];
  unknown?: number;
}) {
  return (
    <section className="card" aria-label={title}>
      <h2>{title}</h2>
      {rows.length === 0 ? (
        <p className="quiet">Not known: the files do not say.</p>
      ) : (
        <GenreBars label={title} items={rows.map(({ name, share }) => ({ name, score: share }))} />
      )}
      {unknown > 0 && rows.length > 0 && (
        <p className="quiet small">Of {unknown} neighbours it is not known.</p>
      )}
    </section>
  );
}
