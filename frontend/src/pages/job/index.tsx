import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { api, take } from '@/api/client';
import { useServerEvents } from '@/api/events';
import { keys } from '@/api/queries';
import type { Job, JobEvent } from '@/api/types';
import { Waveform } from '@/charts';
import { useTitle } from '@/lib/useTitle';
import { announce, Button, ButtonLink, Loaded, Note, Progress } from '@/ui';
import './job.css';

const STAGES: readonly (readonly [string, string])[] = [
  ['fetch', 'Fetching the file'],
  ['listen', 'Listening: loudness, spectrum, onsets, chroma'],
  ['networks', 'Asking the two networks what they hear'],
  ['features', 'Describing timbre'],
  ['rhythm', 'Finding tempo, beats and bars'],
  ['key', 'Finding key and mode'],
  ['sections', 'Finding the sections'],
  ['predict', 'Predicting features, genre and mood'],
];

const isOver = (job: Job) => job.status === 'done' || job.status === 'failed' || job.status === 'cancelled';

export default function JobPage() {
  const { id = '' } = useParams();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [event, setEvent] = useState<JobEvent | null>(null);
  const first = useQuery({
    queryKey: keys.job(id),
    queryFn: ({ signal }) =>
      take(api.GET('/api/v1/jobs/{job_id}', { params: { path: { job_id: id } }, signal })),
  });
  useServerEvents<JobEvent>(first.data ? `/api/v1/jobs/${id}/events` : null, 'job', (data) => {
    setEvent(data);
    if (!isOver(data.job)) return false;
    announce(data.job.status === 'done' ? 'The analysis is done' : 'The analysis ended');
    void client.invalidateQueries({ queryKey: keys.tracks });
    void client.invalidateQueries({ queryKey: keys.status });
    if (data.job.status === 'done' && data.job.kind === 'analysis' && data.job.track_id)
      navigate(`/tracks/${data.job.track_id}`, { replace: true });
    return true;
  });
  const cancel = useMutation({
    mutationFn: () => take(api.DELETE('/api/v1/jobs/{job_id}', { params: { path: { job_id: id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.job(id) }),
  });
  const job = event?.job ?? first.data;
  useTitle(job?.title ?? 'Analysis');
  return (
    <Loaded query={{ ...first, data: job }}>
      {(now) => (
        <div className="stack gap-l">
          <header className="page-head">
            <div>
              <h1>{now.title}</h1>
              <p className="lead">{sentence(now)}</p>
            </div>
            {!isOver(now) && (
              <Button icon="close" busy={cancel.isPending} onClick={() => cancel.mutate()}>
                Cancel
              </Button>
            )}
          </header>
          {now.kind === 'analysis' && (
            <div className="card">
              <Waveform
                label={`Waveform of ${now.title} as far as it was heard`}
                low={event?.low ?? []}
                high={event?.high ?? []}
                total={growing(event, now)}
                height={140}
              />
            </div>
          )}
          {now.status === 'failed' ? (
            <Note tone="danger">{now.error ?? 'It failed.'}</Note>
          ) : (
            !isOver(now) && (
              <Progress
                label={stageName(now.stage) || 'Waiting'}
                fraction={now.status === 'queued' ? 0 : now.fraction}
              />
            )
          )}
          {now.kind === 'analysis' && !isOver(now) && <Stages stage={now.stage} />}
          <div className="row">
            {now.status === 'done' && now.track_id && (
              <ButtonLink to={`/tracks/${now.track_id}`} variant="primary" icon="right">
                See what is in it
              </ButtonLink>
            )}
            {!isOver(now) && (
              <p className="quiet">
                You can leave this page: the work goes on, and <Link to="/">Home</Link> shows it.
              </p>
            )}
          </div>
        </div>
      )}
    </Loaded>
  );
}

/** How many bins there will be, from how many there are and how much was heard. */
function growing(event: JobEvent | null, job: Job): number | undefined {
  const bins = event?.high.length ?? 0;
  if (bins === 0 || isOver(job) || job.fraction === null || job.fraction <= 0) return undefined;
  return Math.max(bins, Math.round(bins / Math.min(1, job.fraction)));
}

const stageName = (stage: string) => STAGES.find(([name]) => name === stage)?.[1] ?? stage;

function sentence(job: Job): string {
  if (job.status === 'queued')
    return job.position ? `Waiting; ${job.position} before it.` : 'Waiting for a worker; it is next.';
  if (job.status === 'done') return 'Done.';
  if (job.status === 'failed') return 'This could not be done.';
  if (job.status === 'cancelled') return 'Cancelled.';
  return 'Being worked on now.';
}

function Stages({ stage }: { stage: string }) {
  const at = STAGES.findIndex(([name]) => name === stage);
  return (
    <ol className="stages">
      {STAGES.filter(([name]) => name !== 'fetch' || stage === 'fetch').map(([name, text]) => {
        const place = STAGES.findIndex(([other]) => other === name);
        const state = at < 0 || place > at ? 'later' : place === at ? 'now' : 'before';
        return (
          <li key={name} className={state} aria-current={state === 'now' ? 'step' : undefined}>
            {text}
          </li>
        );
      })}
    </ol>
  );
}
