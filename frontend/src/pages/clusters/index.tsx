import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { api, take } from '@/api/client';
import { keys } from '@/api/queries';
import type { Cluster } from '@/api/types';
import { FeatureRadar } from '@/charts';
import { count, date, decimal, percent, tempo, title } from '@/lib/format';
import { useTitle } from '@/lib/useTitle';
import { MakeAnew } from '@/pages/map';
import { usePlayer } from '@/player';
import { Badge, Button, EmptyState, Loaded, TrackRow } from '@/ui';

const SHOWN = [
  'danceability',
  'energy',
  'valence',
  'acousticness',
  'instrumentalness',
  'speechiness',
  'liveness',
];

export default function ClustersPage() {
  useTitle('Clusters');
  const groups = useQuery({
    queryKey: keys.groups,
    queryFn: ({ signal }) => take(api.GET('/api/v1/groups', { signal })),
  });
  return (
    <div className="stack gap-l">
      <header className="page-head">
        <div>
          <h1>Clusters</h1>
          <p className="lead">Groups of songs that sound alike, named by the tags that set them apart.</p>
        </div>
        <div className="row">
          <Link to="/map">On the map</Link>
          <MakeAnew />
        </div>
      </header>
      <Loaded query={groups}>
        {(state) =>
          state.clusters.length === 0 ? (
            <EmptyState icon="disc" title="There are no clusters yet">
              They need at least four analysed tracks.
            </EmptyState>
          ) : (
            <>
              <p className="quiet small">
                Made {date(state.made_at)} of {count(state.tracks)} tracks
                {state.pending > 0 && `; ${count(state.pending)} came later and were placed among them`}.
                Silhouette {decimal(state.silhouette, 2)}: 1 would be clusters far apart, 0 clusters that
                touch.
              </p>
              <div className="grid">
                {state.clusters.map((cluster) => (
                  <ClusterCard key={cluster.number} cluster={cluster} />
                ))}
              </div>
            </>
          )
        }
      </Loaded>
    </div>
  );
}

function ClusterCard({ cluster }: { cluster: Cluster }) {
  const player = usePlayer();
  const [isOpen, setOpen] = useState(false);
  const tracks = useQuery({
    queryKey: [...keys.groups, 'tracks', cluster.number],
    queryFn: ({ signal }) =>
      take(
        api.GET('/api/v1/clusters/{number}/tracks', {
          params: { path: { number: cluster.number }, query: { limit: 20 } },
          signal,
        }),
      ),
    enabled: isOpen,
  });
  return (
    <section className="card stack gap-s" aria-label={cluster.name}>
      <div className="row between">
        <h2>{title(cluster.name)}</h2>
        <Badge>{count(cluster.size)} tracks</Badge>
      </div>
      <FeatureRadar
        title={`Mean features of ${cluster.name}`}
        axes={SHOWN.map((name) => ({ label: title(name), value: cluster.means[name] ?? null }))}
      />
      <p className="quiet small">
        {tempo(cluster.means.tempo)} on average ·{' '}
        {cluster.tags.map((tag) => `${tag.name} ${percent(tag.score)}`).join(', ')}
      </p>
      <div className="row gap-s">
        <Button
          size="small"
          icon={isOpen ? 'up' : 'down'}
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          Tracks
        </Button>
        {tracks.data && (
          <Button size="small" icon="play" onClick={() => player.play(tracks.data.items)}>
            Play
          </Button>
        )}
        <Link to={`/library?q=cluster:${cluster.number}`}>As a table</Link>
      </div>
      {isOpen && (
        <Loaded query={tracks}>
          {(page) => page.items.map((track) => <TrackRow key={track.id} track={track} among={page.items} />)}
        </Loaded>
      )}
    </section>
  );
}
