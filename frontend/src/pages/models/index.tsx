import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { api, take } from '@/api/client';
import { keys } from '@/api/queries';
import { date, decimal, title } from '@/lib/format';
import { useTitle } from '@/lib/useTitle';
import { Badge, type Column, EmptyState, Loaded, Progress, Segments, Table } from '@/ui';
import './models.css';

type Row = {
  model: string;
  task: 'features' | 'genre';
  source: 'published' | 'here';
  figures: Record<string, number | null>;
};

const METRICS: Record<string, string> = { top1: 'Top 1', top5: 'Top 5', macro_f1: 'Macro F1', mean: 'Mean' };

export default function ModelsPage() {
  useTitle('Models');
  return (
    <div className="stack gap-xl">
      <header>
        <h1>Models and training</h1>
        <p className="lead">
          What makes the numbers, how good each model is on artists that it had not heard, and what is being
          trained now.
        </p>
      </header>
      <Runs />
      <ComparisonTable />
      <Installed />
    </div>
  );
}

function Runs() {
  const runs = useQuery({
    queryKey: [...keys.models, 'runs'],
    queryFn: ({ signal }) => take(api.GET('/api/v1/runs', { params: { query: { limit: 20 } }, signal })),
    refetchInterval: 5000,
  });
  return (
    <section className="stack" aria-labelledby="runs">
      <h2 id="runs">Training on this machine</h2>
      <Loaded query={runs}>
        {(page) =>
          page.total === 0 ? (
            <EmptyState icon="models" title="No runs yet">
              <p>
                <code>reprise train mfcc-cnn --output …</code> trains a recipe; start the server with{' '}
                <code>--runs FOLDER</code> to follow its curves here.
              </p>
            </EmptyState>
          ) : (
            <div className="grid">
              {page.items.map((run) => (
                <section key={run.name} className="card stack gap-s" aria-label={run.name}>
                  <div className="row between">
                    <h3>
                      <Link to={`/models/${run.name}`}>{run.name}</Link>
                    </h3>
                    <Badge
                      tone={run.status === 'running' ? 'accent' : run.status === 'stopped' ? 'warn' : 'plain'}
                    >
                      {run.status}
                    </Badge>
                  </div>
                  <Progress
                    label="Folds"
                    fraction={run.folds ? run.folds_done / run.folds : null}
                    detail={`${run.folds_done} of ${run.folds}`}
                  />
                  <p className="quiet small">
                    Begun {date(run.started_at)}
                    {run.figures.mean != null && ` · mean R² ${decimal(run.figures.mean, 2)}`}
                    {run.figures.top1 != null && ` · top 1 ${decimal(run.figures.top1, 2)}`}
                  </p>
                </section>
              ))}
            </div>
          )
        }
      </Loaded>
    </section>
  );
}

function ComparisonTable() {
  const comparison = useQuery({
    queryKey: [...keys.models, 'comparison'],
    queryFn: ({ signal }) => take(api.GET('/api/v1/comparison', { signal })),
    staleTime: 60_000,
  });
  const [task, setTask] = useState<'features' | 'genre'>('features');
  const [sort, setSort] = useState<string | null>(null);
  return (
    <section className="stack" aria-labelledby="comparison">
      <div className="row between">
        <h2 id="comparison">Comparison</h2>
        <Segments
          label="What is compared"
          value={task}
          onValue={(next) => {
            setTask(next);
            setSort(null);
          }}
          options={[
            { value: 'features', label: 'Features (R²)' },
            { value: 'genre', label: 'Genre' },
          ]}
        />
      </div>
      <Loaded query={comparison}>
        {(table) => {
          const metrics = task === 'features' ? table.features : table.genre;
          const by = sort ?? `-${metrics[0]}`;
          const name = by.replace('-', '');
          const sign = by.startsWith('-') ? -1 : 1;
          const figure = (row: Row) => row.figures[name] ?? Number.NEGATIVE_INFINITY;
          const rows = (table.rows as Row[])
            .filter((row) => row.task === task)
            .sort((a, b) =>
              name === 'model' ? sign * a.model.localeCompare(b.model) : sign * (figure(a) - figure(b)),
            );
          const columns: Column<Row>[] = [
            { id: 'model', header: 'Model', cell: (row) => row.model, sort: 'model', isRowHeader: true },
            ...metrics.map(
              (metric): Column<Row> => ({
                id: metric,
                header: METRICS[metric] ?? title(metric),
                cell: (row) => <Figure value={row.figures[metric] ?? null} />,
                sort: metric,
                align: 'end',
                descendingFirst: true,
              }),
            ),
            {
              id: 'source',
              header: 'From',
              cell: (row) => <Badge>{row.source === 'here' ? 'this machine' : 'the documentation'}</Badge>,
            },
          ];
          return (
            <>
              <Table
                caption={
                  task === 'features' ? 'R² of each model on each feature' : 'Accuracy of each model of genre'
                }
                columns={columns}
                rows={rows}
                rowKey={(row) => `${row.source} ${row.model}`}
                sort={by}
                onSort={setSort}
              />
              <div className="model-pictures">
                {table.pictures.map((picture) => (
                  <figure key={picture.url} className="card">
                    <a href={picture.url} aria-label={`${picture.title}, full size`}>
                      <img src={picture.url} alt={picture.title} loading="lazy" />
                    </a>
                    <figcaption className="quiet small">{picture.title}</figcaption>
                  </figure>
                ))}
              </div>
            </>
          );
        }}
      </Loaded>
    </section>
  );
}

function Figure({ value }: { value: number | null }) {
  return (
    <span className="figure">
      {decimal(value, 2)}
      <span className="figure-bar" aria-hidden="true">
        <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
          <rect width={Math.max(0, Math.min(1, value ?? 0)) * 100} height="4" fill="currentColor" />
        </svg>
      </span>
    </span>
  );
}

function Installed() {
  const models = useQuery({
    queryKey: keys.models,
    queryFn: ({ signal }) => take(api.GET('/api/v1/models', { signal })),
  });
  return (
    <section className="stack" aria-labelledby="installed">
      <h2 id="installed">Models of this installation</h2>
      <Loaded query={models}>
        {(rows) => (
          <Table
            caption="Models"
            rows={rows}
            rowKey={(row) => `${row.kind} ${row.name}`}
            columns={[
              { id: 'name', header: 'Model', cell: (row) => row.name, isRowHeader: true },
              { id: 'what', header: 'What it does', cell: (row) => row.what },
              {
                id: 'kind',
                header: 'Kind',
                cell: (row) => (
                  <>
                    {row.kind} {row.in_use && <Badge tone="accent">in use</Badge>}
                  </>
                ),
              },
              { id: 'date', header: 'Date', cell: (row) => row.date ?? '–' },
            ]}
          />
        )}
      </Loaded>
    </section>
  );
}
