import { IconButton } from '@/ui/Button';
import { usePlayer } from './PlayerProvider';
import type { Playable } from './queue';

/** Plays a track, or pauses it while it is on. Give the list it stands in as `among` and the rest is played after it. */
export function PlayButton({
  track,
  among,
  variant = 'ghost',
  size = 'small',
  disabled,
}: {
  track: Playable;
  among?: readonly Playable[];
  variant?: 'ghost' | 'primary' | 'plain';
  size?: 'small' | 'medium';
  disabled?: boolean;
}) {
  const player = usePlayer();
  const isOn = player.track?.id === track.id;
  const isSounding = isOn && player.isPlaying;
  return (
    <IconButton
      icon={isSounding ? 'pause' : 'play'}
      label={`${isSounding ? 'Pause' : 'Play'} ${track.title}`}
      variant={variant}
      size={size}
      disabled={disabled}
      onClick={() => {
        if (isOn) return player.toggle();
        const list = among ?? [track];
        player.play(
          list,
          Math.max(
            0,
            list.findIndex(({ id }) => id === track.id),
          ),
        );
      }}
    />
  );
}
