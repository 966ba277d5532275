import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { api, take } from '@/api/client';
import { keys } from '@/api/queries';
import type { Distribution } from '@/api/types';
import { Histogram } from '@/charts';
import { decimal, pitchName, title } from '@/lib/format';
import { EmptyState, Loaded } from '@/ui';

/** How every feature is spread over what the filter leaves; a press on a bar narrows the filter to it. */
export function Distributions() {
  const [params, setParams] = useSearchParams();
  const q = params.get('q') ?? '';
  const found = useQuery({
    queryKey: [...keys.tracks, 'distributions', q],
    queryFn: ({ signal }) => take(api.GET('/api/v1/distributions', { params: { query: { q } }, signal })),
    placeholderData: (before) => before,
  });
  const narrow = (name: string, low: number, high: number) =>
    setParams((before) => {
      const others = q.split(/\s+/).filter((word) => !word.startsWith(`${name}:`));
      const digits = name === 'year' || name === 'tempo' ? 0 : 2;
      before.set(
        'q',
        [...others, `${name}:${low.toFixed(digits)}..${high.toFixed(digits)}`].join(' ').trim(),
      );
      before.delete('offset');
      return before;
    });
  return (
    <Loaded query={found}>
      {(all) =>
        all.every((each) => each.counts.every((n) => n === 0)) ? (
          <EmptyState title="Nothing to show" />
        ) : (
          <div className="grid">
            {all.map((each) => (
              <section key={each.name} className="card" aria-label={title(each.name)}>
                <Histogram
                  title={title(each.name)}
                  edges={each.edges}
                  counts={each.counts}
                  unit={each.unit}
                  marker={each.name === 'key' ? null : each.median}
                  markerLabel="median"
                  formatTick={tick(each)}
                  onSelect={each.name === 'key' ? undefined : (low, high) => narrow(each.name, low, high)}
                />
              </section>
            ))}
          </div>
        )
      }
    </Loaded>
  );
}

function tick(each: Distribution): (value: number) => string {
  if (each.name === 'key') return (value) => pitchName(Math.round(value));
  const span = (each.edges.at(-1) ?? 1) - (each.edges[0] ?? 0);
  return (value) => decimal(value, span > 5 ? 0 : 1);
}
