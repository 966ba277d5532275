import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { api, take } from '@/api/client';
import { keys } from '@/api/queries';
import type { TrackDetail } from '@/api/types';
import { percent } from '@/lib/format';
import { usePlayer } from '@/player';
import { Badge, Button, ButtonLink, EmptyState, Loaded, Slider, Switch, TrackRow } from '@/ui';

export function Similar({ track }: { track: TrackDetail }) {
  const player = usePlayer();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [weight, setWeight] = useState(0);
  const [isDiverse, setDiverse] = useState(true);
  const query = {
    limit: 20,
    features_weight: weight,
    per_artist: isDiverse ? 2 : 0,
    per_album: isDiverse ? 1 : 0,
  };
  const params = { path: { track_id: track.id } };
  const similar = useQuery({
    queryKey: [...keys.track(track.id), 'similar', query],
    queryFn: ({ signal }) =>
      take(api.GET('/api/v1/tracks/{track_id}/similar', { params: { ...params, query }, signal })),
    placeholderData: (before) => before,
  });
  const artists = useQuery({
    queryKey: [...keys.track(track.id), 'artists'],
    queryFn: ({ signal }) =>
      take(
        api.GET('/api/v1/tracks/{track_id}/artists', { params: { ...params, query: { limit: 6 } }, signal }),
      ),
  });
  const keep = useMutation({
    mutationFn: (ids: string[]) =>
      take(
        api.POST('/api/v1/playlists', {
          body: {
            name: `Like ${track.title}`.slice(0, 200),
            track_ids: ids,
            description: '',
            sort: '',
            limit: 100,
          },
        }),
      ),
    onSuccess: (playlist) => {
      void client.invalidateQueries({ queryKey: keys.playlists });
      navigate(`/playlists/${playlist.id}`);
    },
  });
  return (
    <div className="split">
      <section className="card" aria-labelledby="similar">
        <div className="card-head">
          <h2 id="similar">Sounds alike</h2>
          <div className="row">
            <Switch label="Different artists" checked={isDiverse} onValue={setDiverse} />
            <Slider label="Features count" value={weight} step={0.1} onValue={setWeight} format={percent} />
          </div>
        </div>
        <Loaded query={similar}>
          {(found) =>
            found.length === 0 ? (
              <EmptyState title="Nothing to compare with yet">Add more music to the library.</EmptyState>
            ) : (
              <>
                <div className="row gap-s">
                  <Button
                    icon="play"
                    variant="primary"
                    size="small"
                    onClick={() => player.play([track, ...found.map((each) => each.track)])}
                  >
                    Play all
                  </Button>
                  <Button
                    icon="playlist"
                    size="small"
                    busy={keep.isPending}
                    onClick={() => keep.mutate([track.id, ...found.map((each) => each.track.id)])}
                  >
                    Keep as playlist
                  </Button>
                  <ButtonLink to={`/tracks/${track.id}/audience`} size="small" icon="user">
                    Audience
                  </ButtonLink>
                </div>
                {found.map((each) => (
                  <TrackRow
                    key={each.track.id}
                    track={each.track}
                    among={found.map((other) => other.track)}
                    aside={<Badge>{percent(each.similarity)}</Badge>}
                  />
                ))}
              </>
            )
          }
        </Loaded>
      </section>
      <section className="card" aria-labelledby="similar-artists">
        <h2 id="similar-artists">Similar artists</h2>
        <Loaded query={artists}>
          {(found) => (
            <ul className="plain-list">
              {found.map((each) => (
                <li key={each.artist.id} className="row between similar-artist">
                  <span>
                    {each.artist.name} <small className="quiet number">{percent(each.similarity)}</small>
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
          )}
        </Loaded>
      </section>
    </div>
  );
}
