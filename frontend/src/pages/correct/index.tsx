import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { api, take } from '@/api/client';
import { useServerEvents } from '@/api/events';
import { keys, useIsOwner } from '@/api/queries';
import type { JobEvent, TrackDetail } from '@/api/types';
import { decimal, title, unit } from '@/lib/format';
import { useTitle } from '@/lib/useTitle';
import {
  announce,
  Badge,
  Button,
  type Column,
  IconButton,
  Loaded,
  Note,
  Select,
  Slider,
  Table,
  toast,
} from '@/ui';
import './correct.css';

type Said = { what: string; value?: number; genre?: string; verdict?: string };
type Change = {
  what: string;
  corrections: number;
  users: number;
  before: number | null;
  after: number | null;
  is_kept: boolean;
  reason: string;
};

export default function CorrectPage() {
  const { id = '' } = useParams();
  const params = { path: { track_id: id } };
  const client = useQueryClient();
  const track = useQuery({
    queryKey: keys.track(id),
    queryFn: ({ signal }) => take(api.GET('/api/v1/tracks/{track_id}', { params, signal })),
  });
  const mine = useQuery({
    queryKey: [...keys.track(id), 'corrections'],
    queryFn: ({ signal }) => take(api.GET('/api/v1/tracks/{track_id}/corrections', { params, signal })),
  });
  const refresh = () => client.invalidateQueries({ queryKey: keys.track(id) });
  const say = useMutation({
    mutationFn: (said: Said) =>
      take(api.POST('/api/v1/tracks/{track_id}/corrections', { params, body: said as never })),
    onSuccess: (kept) => {
      announce(`Kept: ${kept.what} is ${kept.genre ?? unit(kept.value)}`);
      void refresh();
    },
  });
  const withdraw = useMutation({
    mutationFn: (correction_id: number) =>
      take(
        api.DELETE('/api/v1/tracks/{track_id}/corrections/{correction_id}', {
          params: { path: { track_id: id, correction_id } },
        }),
      ),
    onSuccess: refresh,
  });
  useTitle(track.data ? `Correct ${track.data.title}` : 'Correct');
  return (
    <Loaded query={track}>
      {(data) => (
        <div className="stack gap-l">
          <header>
            <h1>Correct it</h1>
            <p className="lead">
              <Link to={`/tracks/${id}`}>{data.title}</Link>: say what is right and what is not. Corrections
              are kept under your name, and can be taken back.
            </p>
          </header>
          {say.isPending && <Note>Hearing the track once more, to learn from it later…</Note>}
          <div className="grid correct-grid">
            <Genre track={data} onSay={say.mutate} isBusy={say.isPending} />
            {data.features.map((feature) => (
              <Feature
                key={`${feature.name} ${feature.corrected}`}
                feature={feature}
                onSay={say.mutate}
                isBusy={say.isPending}
              />
            ))}
          </div>
          <section className="card" aria-labelledby="mine">
            <h2 id="mine">What you have said of it</h2>
            {mine.data?.length ? (
              <ul className="plain-list">
                {mine.data.map((each) => (
                  <li key={each.id} className="row between">
                    <span>
                      {title(each.what)} is <strong>{each.genre ?? unit(each.value)}</strong>{' '}
                      <small className="quiet">not {each.said}</small>
                    </span>
                    <Button
                      size="small"
                      icon="undo"
                      busy={withdraw.isPending}
                      onClick={() => withdraw.mutate(each.id)}
                    >
                      Take back
                    </Button>
                  </li>
                ))}
              </ul>
            ) : (
              <p className="quiet">Nothing yet.</p>
            )}
          </section>
          <Learning />
        </div>
      )}
    </Loaded>
  );
}

type Tell = { onSay: (said: Said) => void; isBusy: boolean };

function Genre({ track, onSay, isBusy }: Tell & { track: TrackDetail }) {
  const genres = useQuery({
    queryKey: ['genres'],
    queryFn: ({ signal }) => take(api.GET('/api/v1/genres', { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const best = track.genres[0];
  return (
    <section className="card stack gap-s" aria-label="Genre">
      <div className="row between">
        <h2>Genre</h2>
        <span className="row gap-s">
          <IconButton
            icon="check"
            label={`${best?.name} is right`}
            disabled={isBusy}
            onClick={() => onSay({ what: 'genre', verdict: 'right' })}
          />
          <IconButton
            icon="close"
            label={`${best?.name} is wrong`}
            disabled={isBusy}
            onClick={() => onSay({ what: 'genre', verdict: 'wrong' })}
          />
        </span>
      </div>
      <p>
        Heard: <strong>{best?.name}</strong>{' '}
        {track.genre_corrected && <Badge tone="accent">you said {track.genre_corrected}</Badge>}
      </p>
      <Select
        label="It is really"
        value={track.genre_corrected ?? ''}
        disabled={isBusy}
        options={[
          { value: '', label: 'choose…' },
          ...(genres.data ?? []).map((name) => ({ value: name, label: name })),
        ]}
        onValue={(genre) => genre && onSay({ what: 'genre', genre })}
      />
    </section>
  );
}

function Feature({ feature, onSay, isBusy }: Tell & { feature: TrackDetail['features'][number] }) {
  const [value, setValue] = useState(feature.corrected ?? feature.value ?? 0.5);
  const what = feature.name;
  const name = title(what);
  const changed = Math.abs(value - (feature.corrected ?? feature.value ?? 0.5)) > 0.004;
  return (
    <section className="card stack gap-s" aria-label={name}>
      <div className="row between">
        <h2>{name}</h2>
        <span className="row gap-s">
          <IconButton
            icon="check"
            label={`${name} is right`}
            disabled={isBusy}
            onClick={() => onSay({ what, verdict: 'right' })}
          />
          <IconButton
            icon="down"
            label={`${name} is too high`}
            disabled={isBusy}
            onClick={() => onSay({ what, verdict: 'too_high' })}
          />
          <IconButton
            icon="up"
            label={`${name} is too low`}
            disabled={isBusy}
            onClick={() => onSay({ what, verdict: 'too_low' })}
          />
        </span>
      </div>
      <p className="quiet small">{feature.definition}</p>
      <Slider
        label={`Heard ${unit(feature.value)}; right is`}
        value={value}
        onValue={setValue}
        format={unit}
        disabled={isBusy}
      />
      <Button size="small" disabled={!changed || isBusy} onClick={() => onSay({ what, value })}>
        Set to {unit(value)}
      </Button>
    </section>
  );
}

const COLUMNS: Column<Change>[] = [
  { id: 'what', header: 'Of', cell: (row) => title(row.what), isRowHeader: true },
  { id: 'n', header: 'Corrections', cell: (row) => row.corrections, align: 'end' },
  { id: 'users', header: 'Users', cell: (row) => row.users, align: 'end' },
  { id: 'before', header: 'Error before', cell: (row) => decimal(row.before, 3), align: 'end' },
  { id: 'after', header: 'Error after', cell: (row) => decimal(row.after, 3), align: 'end' },
  {
    id: 'kept',
    header: '',
    cell: (row) => (
      <Badge tone={row.is_kept ? 'accent' : 'plain'}>
        {row.is_kept ? 'in use' : 'not used'}: {row.reason}
      </Badge>
    ),
  },
];

function Learning() {
  const isOwner = useIsOwner();
  const client = useQueryClient();
  const [job, setJob] = useState<string | null>(null);
  const [found, setFound] = useState<readonly Change[] | null>(null);
  const state = useQuery({
    queryKey: ['feedback'],
    queryFn: ({ signal }) => take(api.GET('/api/v1/feedback', { signal })),
  });
  const learn = useMutation({
    mutationFn: (dry_run: boolean) =>
      take(api.POST('/api/v1/feedback/learn', { params: { query: { dry_run } } })),
    onSuccess: (started) => setJob(started.id),
  });
  const rollback = useMutation({
    mutationFn: () => take(api.POST('/api/v1/feedback/rollback', {})),
    onSuccess: () => {
      setFound(null);
      void client.invalidateQueries({ queryKey: ['feedback'] });
    },
  });
  useServerEvents<JobEvent>(job && `/api/v1/jobs/${job}/events`, 'job', ({ job: now }) => {
    if (now.status === 'failed')
      toast({ kind: 'error', title: 'Nothing was learnt', detail: now.error ?? '' });
    if (now.status !== 'done' && now.status !== 'failed' && now.status !== 'cancelled') return false;
    setFound((now.result as { changes?: Change[] } | null)?.changes ?? null);
    setJob(null);
    void client.invalidateQueries({ queryKey: ['feedback'] });
    return true;
  });
  const rows = found ?? state.data?.last ?? [];
  return (
    <section className="stack" aria-labelledby="learn">
      <h2 id="learn">Learn from corrections</h2>
      <p className="narrow quiet">
        What is learnt is kept only where errors on corrections that were held out, and on labelled clips, do
        not grow. One user can move a value by 0.1 at most. {state.data?.corrections ?? 0} corrections count;{' '}
        {state.data?.in_use ? `${state.data.in_use} is in use.` : 'the default models are in use.'}
      </p>
      {isOwner && (
        <div className="row gap-s">
          <Button
            variant="primary"
            busy={learn.isPending || job !== null}
            onClick={() => learn.mutate(false)}
          >
            Learn from corrections
          </Button>
          <Button busy={learn.isPending || job !== null} onClick={() => learn.mutate(true)}>
            Only look
          </Button>
          {state.data?.in_use && (
            <Button icon="undo" busy={rollback.isPending} onClick={() => rollback.mutate()}>
              Go back
            </Button>
          )}
        </div>
      )}
      {rows.length > 0 && (
        <Table caption="Errors before and after" columns={COLUMNS} rows={rows} rowKey={(row) => row.what} />
      )}
    </section>
  );
}
