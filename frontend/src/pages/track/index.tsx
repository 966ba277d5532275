import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { api, take } from '@/api/client';
import { keys, useIsOwner, useSession } from '@/api/queries';
import type { TrackDetail } from '@/api/types';
import { useTitle } from '@/lib/useTitle';
import { TrackPlayer } from '@/player/TrackPlayer';
import { Badge, ButtonLink, ConfirmDialog, Loaded, Menu, type MenuItem, Note, Skeleton, Tabs } from '@/ui';
import { Overview } from './Overview';
import { Provenance } from './Provenance';
import { Similar } from './Similar';
import './track.css';

export default function TrackPage() {
  const { id = '' } = useParams();
  const params = { path: { track_id: id } };
  const track = useQuery({
    queryKey: keys.track(id),
    queryFn: ({ signal }) => take(api.GET('/api/v1/tracks/{track_id}', { params, signal })),
    refetchInterval: (query) => (query.state.data?.status === 'queued' ? 2000 : false),
  });
  useTitle(track.data?.title);
  return (
    <Loaded query={track}>
      {(data) => (
        <div className="stack gap-l">
          <Head track={data} />
          {data.status === 'queued' && (
            <Note>It waits to be analysed. This page fills as soon as it is.</Note>
          )}
          {data.status === 'failed' && <Note tone="danger">{data.error ?? 'It could not be analysed.'}</Note>}
          {data.warnings.map((warning) => (
            <Note key={warning} tone="warn">
              {warning}
            </Note>
          ))}
          {data.status === 'analysed' && <Analysed track={data} />}
        </div>
      )}
    </Loaded>
  );
}

function Analysed({ track }: { track: TrackDetail }) {
  const params = { path: { track_id: track.id } };
  const waveform = useQuery({
    queryKey: [...keys.track(track.id), 'waveform'],
    queryFn: ({ signal }) => take(api.GET('/api/v1/tracks/{track_id}/waveform', { params, signal })),
  });
  const pictures = useQuery({
    queryKey: [...keys.track(track.id), 'pictures'],
    queryFn: ({ signal }) => take(api.GET('/api/v1/tracks/{track_id}/pictures', { params, signal })),
    enabled: track.has_audio,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <>
      <Loaded query={waveform} skeleton={<Skeleton height={200} />}>
        {(outline) => (
          <TrackPlayer
            key={pictures.data ? 'with pictures' : 'without'}
            track={track}
            waveform={outline}
            events={track.events}
            pictures={pictures.data}
            playable={track.has_audio}
          />
        )}
      </Loaded>
      <Tabs
        label="About this track"
        tabs={[
          { id: 'overview', label: 'What is in it', content: <Overview track={track} /> },
          { id: 'similar', label: 'Similar', content: <Similar track={track} /> },
          {
            id: 'how',
            label: 'How it came about',
            content: <Provenance track={track} pictures={pictures.data ?? []} />,
          },
        ]}
      />
    </>
  );
}

function Head({ track }: { track: TrackDetail }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const isOwner = useIsOwner();
  const session = useSession();
  const [asks, setAsks] = useState(false);
  const params = { path: { track_id: track.id } };
  const again = useMutation({
    mutationFn: () => take(api.POST('/api/v1/tracks/{track_id}/analyse', { params })),
    onSuccess: (job) => navigate(`/jobs/${job.id}`),
  });
  const remove = useMutation({
    mutationFn: () => take(api.DELETE('/api/v1/tracks/{track_id}', { params })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.tracks });
      navigate('/library');
    },
  });
  const items: MenuItem[] = [
    { label: 'Who listens to music like this', icon: 'user', to: `/tracks/${track.id}/audience` },
    { label: 'Path to another song', icon: 'right', to: `/map?from=${track.id}` },
    ...(isOwner
      ? ([
          { label: 'Analyse again', icon: 'refresh', onSelect: () => again.mutate() },
          'line',
          { label: 'Remove from the library', icon: 'trash', danger: true, onSelect: () => setAsks(true) },
        ] as const)
      : []),
  ];
  return (
    <header className="page-head">
      <div>
        <h1>{track.title}</h1>
        <p className="lead">
          {track.artist ? (
            <Link to={`/search?q=${encodeURIComponent(`artist:"${track.artist.name}"`)}`}>
              {track.artist.name}
            </Link>
          ) : (
            'Unknown artist'
          )}
          {track.album && (
            <>
              {' · '}
              <Link to={`/search?q=${encodeURIComponent(`album:"${track.album.title}"`)}`}>
                {track.album.title}
              </Link>
            </>
          )}
          {track.year && ` · ${track.year}`} {track.is_missing && <Badge tone="warn">file is missing</Badge>}{' '}
          {track.origin !== 'folder' && <Badge>{ORIGINS[track.origin]}</Badge>}
        </p>
        {track.path && session.data && <p className="quiet small path">{track.path}</p>}
      </div>
      <div className="row gap-s">
        {track.status === 'analysed' && (
          <ButtonLink to={`/tracks/${track.id}/correct`} icon="edit">
            Correct it
          </ButtonLink>
        )}
        <Menu label={`More about ${track.title}`} items={items} />
      </div>
      <ConfirmDialog
        open={asks}
        onClose={() => setAsks(false)}
        onConfirm={() => remove.mutate()}
        busy={remove.isPending}
        title="Remove this track?"
        action="Remove"
      >
        {track.origin === 'folder'
          ? 'The file stays where it is; what was heard in it is forgotten.'
          : 'The file was uploaded and is deleted with it.'}
      </ConfirmDialog>
    </header>
  );
}

const ORIGINS = { upload: 'uploaded', url: 'from the web', demo: 'demo piece', folder: '' } as const;
