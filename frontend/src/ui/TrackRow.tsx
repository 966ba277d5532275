import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { TrackSummary } from '@/api/types';
import { duration, keyName, tempo } from '@/lib/format';
import { PlayButton, usePlayer } from '@/player';
import { Menu } from './Menu';
import { Badge } from './States';

/** A track in a list: to be played among the others of the list, opened, put into the queue. `aside` says why it is there. */
export function TrackRow({
  track,
  among,
  aside,
}: {
  track: TrackSummary;
  among?: readonly TrackSummary[];
  aside?: ReactNode;
}) {
  const player = usePlayer();
  const facts = [
    track.artist?.name ?? 'Unknown artist',
    track.genre,
    track.tempo === null ? '' : tempo(track.tempo),
    track.key === null || track.key < 0 ? '' : keyName(track.key, track.mode),
  ].filter(Boolean);
  return (
    <div className="track-row">
      <PlayButton track={track} among={among} disabled={track.is_missing} />
      <div className="track-row-text">
        <Link to={`/tracks/${track.id}`}>{track.title}</Link>{' '}
        {track.is_missing && <Badge tone="warn">missing</Badge>}
        {track.status === 'queued' && <Badge>waiting</Badge>}
        {track.status === 'failed' && <Badge tone="danger">failed</Badge>}
        <small className="truncate">{facts.join(' · ')}</small>
      </div>
      {aside}
      <span className="number quiet small">{duration(track.duration_ms)}</span>
      <Menu
        label={`More about ${track.title}`}
        small
        items={[
          {
            label: 'Play next',
            icon: 'queue',
            disabled: track.is_missing,
            onSelect: () => player.playNext([track]),
          },
          {
            label: 'Add to queue',
            icon: 'plus',
            disabled: track.is_missing,
            onSelect: () => player.enqueue([track]),
          },
          { label: 'Open', icon: 'right', to: `/tracks/${track.id}` },
        ]}
      />
    </div>
  );
}
