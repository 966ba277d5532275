import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useNavigate } from 'react-router';
import { api, take } from '@/api/client';
import { keys } from '@/api/queries';
import { percent } from '@/lib/format';
import { usePlayer } from '@/player';
import { Badge, Button, IconButton, Loaded, Note, Slider, TrackRow } from '@/ui';

/** A path of songs from one to the point that is chosen on the map. */
export function PathPanel({
  from,
  to,
  onPath,
  onClose,
}: {
  from: string;
  to: string | null;
  onPath: (ids: readonly string[]) => void;
  onClose: () => void;
}) {
  const player = usePlayer();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [steps, setSteps] = useState(8);
  const isReady = to !== null && to !== from;
  const path = useQuery({
    queryKey: [...keys.tracks, 'path', from, to, steps],
    queryFn: ({ signal }) =>
      take(api.GET('/api/v1/path', { params: { query: { from, to: to ?? '', steps } }, signal })),
    enabled: isReady,
  });
  const start = useQuery({
    queryKey: keys.track(from),
    queryFn: ({ signal }) =>
      take(api.GET('/api/v1/tracks/{track_id}', { params: { path: { track_id: from } }, signal })),
  });
  const keep = useMutation({
    mutationFn: (track_ids: string[]) =>
      take(
        api.POST('/api/v1/playlists', {
          body: {
            name: `From ${start.data?.title ?? ''}`.slice(0, 200),
            track_ids,
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
  const { data } = path;
  useEffect(() => onPath(data?.map((step) => step.track.id) ?? []), [data, onPath]);
  return (
    <section className="card stack gap-s" aria-labelledby="path">
      <div className="row between">
        <h2 id="path">Path from {start.data?.title ?? '…'}</h2>
        <IconButton icon="close" label="Close the path" size="small" onClick={onClose} />
      </div>
      {isReady ? (
        <>
          <Slider label="Songs" min={3} max={30} step={1} value={steps} onValue={setSteps} />
          <Loaded query={path}>
            {(found) => (
              <>
                {found.map((step) => (
                  <TrackRow
                    key={step.track.id}
                    track={step.track}
                    among={found.map((each) => each.track)}
                    aside={step.similarity !== null && <Badge>{percent(step.similarity)}</Badge>}
                  />
                ))}
                <div className="row gap-s">
                  <Button
                    icon="play"
                    size="small"
                    onClick={() => player.play(found.map((step) => step.track))}
                  >
                    Play
                  </Button>
                  <Button
                    icon="playlist"
                    size="small"
                    busy={keep.isPending}
                    onClick={() => keep.mutate(found.map((step) => step.track.id))}
                  >
                    Keep as playlist
                  </Button>
                </div>
              </>
            )}
          </Loaded>
        </>
      ) : (
        <Note>Choose where it shall lead: press another point.</Note>
      )}
    </section>
  );
}
