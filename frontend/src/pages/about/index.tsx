import { useStatus } from '@/api/queries';
import { useTitle } from '@/lib/useTitle';
import { SHORTCUTS } from '@/player';
import { Loaded } from '@/ui';

export default function AboutPage() {
  useTitle('About');
  const status = useStatus();
  return (
    <div className="stack gap-l">
      <header>
        <h1>About Reprise</h1>
        <p className="lead">
          Reprise listens to music files and says what is in them. Everything happens on this machine: these
          pages ask no other.
        </p>
      </header>
      <Loaded query={status}>{(now) => <p>Version {now.version}</p>}</Loaded>
      <section className="card narrow">
        <h2>Keys</h2>
        <dl className="grid">
          {SHORTCUTS.map(({ keys, does }) => (
            <div key={keys}>
              <dt>
                <kbd>{keys}</kbd>
              </dt>
              <dd className="quiet">{does}</dd>
            </div>
          ))}
        </dl>
      </section>
    </div>
  );
}
