import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import { api, take } from '@/api/client';
import { keys } from '@/api/queries';
import { useTitle } from '@/lib/useTitle';
import { TrackPlayer } from '@/player/TrackPlayer';
import { Loaded, Skeleton } from '@/ui';

export default function TrackPage() {
  const { id = '' } = useParams();
  const params = { path: { track_id: id } };
  const track = useQuery({
    queryKey: keys.track(id),
    queryFn: ({ signal }) => take(api.GET('/api/v1/tracks/{track_id}', { params, signal })),
  });
  const waveform = useQuery({
    queryKey: [...keys.track(id), 'waveform'],
    queryFn: ({ signal }) => take(api.GET('/api/v1/tracks/{track_id}/waveform', { params, signal })),
  });
  const pictures = useQuery({
    queryKey: [...keys.track(id), 'pictures'],
    queryFn: ({ signal }) => take(api.GET('/api/v1/tracks/{track_id}/pictures', { params, signal })),
  });
  useTitle(track.data?.title);
  return (
    <Loaded query={track}>
      {(data) => (
        <div className="stack gap-l">
          <header className="page-head">
            <div>
              <h1>{data.title}</h1>
              <p className="lead">{data.artist?.name ?? 'Unknown artist'}</p>
            </div>
          </header>
          <Loaded query={waveform} skeleton={<Skeleton height={200} />}>
            {(outline) => (
              <TrackPlayer
                track={data}
                waveform={outline}
                events={data.events}
                pictures={pictures.data}
                playable={data.has_audio}
              />
            )}
          </Loaded>
        </div>
      )}
    </Loaded>
  );
}
