import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useParams } from 'react-router';
import { api, take } from '@/api/client';
import { useServerEvents } from '@/api/events';
import { keys } from '@/api/queries';
import type { Curve } from '@/api/types';
import { LineChart } from '@/charts';
import { date, decimal, title } from '@/lib/format';
import { useTitle } from '@/lib/useTitle';
import { Badge, EmptyState, Loaded, Readout } from '@/ui';

const CHARTS = [
  { name: 'loss', curves: ['train_loss', 'validation_loss'] },
  { name: 'metric', curves: ['metric'] },
] as const;

export default function RunPage() {
  const { run: name = '' } = useParams();
  const params = { path: { name } };
  useTitle(name);
  const run = useQuery({
    queryKey: [...keys.models, 'runs', name],
    queryFn: ({ signal }) => take(api.GET('/api/v1/runs/{name}', { params, signal })),
    refetchInterval: (query) => (query.state.data?.status === 'running' ? 3000 : false),
  });
  const [curves, setCurves] = useState<readonly Curve[] | null>(null);
  useServerEvents<readonly Curve[]>(
    run.data ? `/api/v1/runs/${encodeURIComponent(name)}/events` : null,
    'curves',
    (data) => {
      setCurves(data);
      return run.data?.status !== 'running';
    },
  );
  return (
    <Loaded query={run}>
      {(data) => (
        <div className="stack gap-l">
          <header>
            <h1>
              {data.name} <Badge tone={data.status === 'running' ? 'accent' : 'plain'}>{data.status}</Badge>
            </h1>
            <p className="lead">
              Recipe {data.recipe}, begun {date(data.started_at)}
            </p>
          </header>
          <dl className="grid tight">
            <Readout label="Folds done" value={`${data.folds_done} / ${data.folds}`} />
            {Object.entries(data.figures).map(([metric, value]) => (
              <Readout key={metric} label={title(metric)} value={decimal(value, 3)} />
            ))}
          </dl>
          {curves?.length === 0 && (
            <EmptyState title="No curves">
              This kind of model does not learn in epochs, or has not begun.
            </EmptyState>
          )}
          {CHARTS.map((chart) => {
            const drawn =
              curves?.filter((curve) => (chart.curves as readonly string[]).includes(curve.name)) ?? [];
            if (drawn.length === 0) return null;
            return (
              <section key={chart.name} className="card" aria-label={title(chart.name)}>
                <LineChart
                  title={`${title(chart.name)} of every fold, epoch by epoch`}
                  xLabel="epoch"
                  yLabel={chart.name}
                  series={drawn.map((curve) => ({
                    name: `${title(curve.name)}, fold ${curve.fold + 1}`,
                    x: curve.x,
                    y: curve.y,
                    dashed: curve.name === 'validation_loss',
                  }))}
                />
              </section>
            );
          })}
        </div>
      )}
    </Loaded>
  );
}
