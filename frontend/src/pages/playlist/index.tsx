import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { api, take } from '@/api/client';
import { keys } from '@/api/queries';
import { count, duration } from '@/lib/format';
import { useTitle } from '@/lib/useTitle';
import { usePlayer } from '@/player';
import { Badge, Button, ConfirmDialog, EmptyState, IconButton, Loaded, TrackRow } from '@/ui';

export default function PlaylistPage() {
  const { id = '' } = useParams();
  const params = { path: { playlist_id: id } };
  const navigate = useNavigate();
  const client = useQueryClient();
  const player = usePlayer();
  const [asks, setAsks] = useState(false);
  const playlist = useQuery({
    queryKey: keys.playlist(id),
    queryFn: ({ signal }) => take(api.GET('/api/v1/playlists/{playlist_id}', { params, signal })),
  });
  const tracks = useQuery({
    queryKey: [...keys.playlist(id), 'tracks'],
    queryFn: ({ signal }) =>
      take(
        api.GET('/api/v1/playlists/{playlist_id}/tracks', {
          params: { ...params, query: { limit: 100 } },
          signal,
        }),
      ),
  });
  const remove = useMutation({
    mutationFn: () => take(api.DELETE('/api/v1/playlists/{playlist_id}', { params })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.playlists });
      navigate('/playlists');
    },
  });
  const change = useMutation({
    mutationFn: (track_ids: string[]) =>
      take(api.PUT('/api/v1/playlists/{playlist_id}/tracks', { params, body: { track_ids } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.playlists }),
  });
  useTitle(playlist.data?.name ?? 'Playlist');
  return (
    <Loaded query={playlist}>
      {(data) => {
        const items = tracks.data?.items ?? [];
        // A longer list than one page is not changed here: what is not shown would be lost.
        const isEditable = data.is_mine && !data.is_rule && items.length === data.total;
        const move = (at: number, by: number) => {
          const ids = items.map((track) => track.id);
          const [moved] = ids.splice(at, 1);
          if (moved) ids.splice(at + by, 0, moved);
          change.mutate(ids);
        };
        return (
          <div className="stack">
            <header className="page-head">
              <div>
                <h1>{data.name}</h1>
                <p className="lead">
                  {count(data.total)} tracks, {duration(data.duration_ms)}{' '}
                  {data.is_rule && <Badge>rule: {data.q || 'everything'}</Badge>}
                </p>
                {data.description && <p>{data.description}</p>}
              </div>
              <div className="row gap-s">
                <Button
                  icon="play"
                  variant="primary"
                  disabled={items.length === 0}
                  onClick={() => player.play(items)}
                >
                  Play
                </Button>
                <a className="button plain medium" href={`/api/v1/playlists/${id}.m3u8`} download>
                  M3U8
                </a>
                {data.is_mine && (
                  <Button icon="trash" onClick={() => setAsks(true)}>
                    Delete
                  </Button>
                )}
              </div>
            </header>
            <Loaded query={tracks}>
              {(page) =>
                page.total === 0 ? (
                  <EmptyState icon="playlist" title="Nothing is in it">
                    {data.is_rule ? 'No track fits the rule now.' : 'Add tracks from the library or the map.'}
                  </EmptyState>
                ) : (
                  <div className="card">
                    {page.items.map((track, at) => (
                      <TrackRow
                        key={`${track.id} ${at}`}
                        track={track}
                        among={page.items}
                        aside={
                          isEditable && (
                            <span className="row gap-s">
                              <IconButton
                                icon="up"
                                size="small"
                                label={`Move ${track.title} up`}
                                disabled={at === 0 || change.isPending}
                                onClick={() => move(at, -1)}
                              />
                              <IconButton
                                icon="down"
                                size="small"
                                label={`Move ${track.title} down`}
                                disabled={at === page.items.length - 1 || change.isPending}
                                onClick={() => move(at, 1)}
                              />
                              <IconButton
                                icon="minus"
                                size="small"
                                label={`Take ${track.title} out`}
                                disabled={change.isPending}
                                onClick={() =>
                                  change.mutate(items.filter((_, i) => i !== at).map((each) => each.id))
                                }
                              />
                            </span>
                          )
                        }
                      />
                    ))}
                  </div>
                )
              }
            </Loaded>
            <ConfirmDialog
              open={asks}
              title={`Delete “${data.name}”?`}
              action="Delete playlist"
              busy={remove.isPending}
              onConfirm={() => remove.mutate()}
              onClose={() => setAsks(false)}
            >
              The tracks stay in the library.
            </ConfirmDialog>
          </div>
        );
      }}
    </Loaded>
  );
}
