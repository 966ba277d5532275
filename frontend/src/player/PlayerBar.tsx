import { useState } from 'react';
import { Link } from 'react-router';
import { clock } from '@/lib/format';
import { IconButton } from '@/ui/Button';
import { Slider } from '@/ui/Field';
import { type Player, usePlayer, usePlayerTime } from './PlayerProvider';

/** The transport at the foot of every page, as long as something is in the queue. */
export function PlayerBar() {
  const player = usePlayer();
  const [showsQueue, setShowsQueue] = useState(false);
  const { track } = player;
  if (!track) return null;
  return (
    <section className="player on-dark" aria-label="Player">
      {showsQueue && <QueuePanel player={player} onClose={() => setShowsQueue(false)} />}
      <div className="player-row">
        <div className="player-buttons">
          <IconButton
            icon="previous"
            label="Previous track"
            className="player-aside"
            onClick={player.previous}
          />
          <IconButton
            icon={player.isPlaying ? 'pause' : 'play'}
            label={player.isPlaying ? 'Pause' : 'Play'}
            variant="primary"
            className="player-main"
            onClick={player.toggle}
          />
          <IconButton icon="next" label="Next track" onClick={player.next} disabled={!player.hasNext} />
        </div>
        <div className="player-track">
          <Link to={`/tracks/${track.id}`} className="truncate">
            {track.title}
          </Link>
          <span className="truncate">{track.artist?.name ?? 'Unknown artist'}</span>
        </div>
        <Position player={player} />
        <div className="player-tools">
          <IconButton
            icon={player.isMuted || player.volume === 0 ? 'muted' : 'volume'}
            label={player.isMuted ? 'Sound on' : 'Sound off'}
            className="player-wide"
            onClick={() => player.setMuted(!player.isMuted)}
          />
          <div className="player-volume">
            <Slider
              label="Volume"
              hideLabel
              fine
              value={player.isMuted ? 0 : player.volume}
              onValue={player.setVolume}
              format={(value) => `${Math.round(value * 100)} %`}
            />
          </div>
          <IconButton
            icon="queue"
            label="Queue"
            pressed={showsQueue}
            onClick={() => setShowsQueue(!showsQueue)}
          />
        </div>
      </div>
    </section>
  );
}

function Position({ player }: { player: Player }) {
  const { time_s, duration_s } = usePlayerTime();
  return (
    <div className="player-position">
      <span className="number">{clock(time_s)}</span>
      <Slider
        label="Position"
        hideLabel
        fine
        value={Math.min(time_s, duration_s)}
        max={Math.max(duration_s, 1)}
        step={1}
        onValue={player.seek}
        format={(value) => `${clock(value)} of ${clock(duration_s)}`}
      />
      <span className="number">{clock(duration_s)}</span>
    </div>
  );
}

function QueuePanel({ player, onClose }: { player: Player; onClose: () => void }) {
  const { queue } = player;
  return (
    <div className="player-queue">
      <div className="card-head">
        <h2>Queue</h2>
        <span className="row gap-s">
          <button type="button" className="button small ghost" onClick={player.clear}>
            Clear
          </button>
          <IconButton icon="close" label="Close queue" size="small" onClick={onClose} />
        </span>
      </div>
      <ol className="player-queue-list">
        {queue.tracks.map((track, at) => (
          <li key={`${at}-${track.id}`} aria-current={at === queue.at || undefined}>
            <button type="button" className="player-queue-track" onClick={() => player.goTo(at)}>
              <span className="truncate">{track.title}</span>
              <small className="truncate">{track.artist?.name ?? 'Unknown artist'}</small>
            </button>
            <IconButton
              icon="close"
              label={`Take ${track.title} out of the queue`}
              size="small"
              onClick={() => player.removeAt(at)}
            />
          </li>
        ))}
      </ol>
    </div>
  );
}
