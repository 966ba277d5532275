import { useStatus } from '@/api/queries';
import { SearchBox } from '@/app/SearchBox';
import { count } from '@/lib/format';
import { useTitle } from '@/lib/useTitle';
import { Loaded, Readout } from '@/ui';
import { Bring, FromTheWeb } from './Bring';
import { Recent } from './Recent';
import './home.css';

export default function HomePage() {
  useTitle(null);
  const status = useStatus();
  return (
    <div className="home stack gap-l">
      <h1>Hear what is in a song.</h1>
      <SearchBox large autoFocus />
      <Bring />
      <FromTheWeb />
      <hr className="scale" />
      <Loaded query={status}>
        {(now) => (
          <dl className="grid tight">
            <Readout label="Tracks" value={count(now.tracks)} />
            <Readout label="Analysed" value={count(now.analysed)} />
            <Readout label="Waiting" value={count(now.queued)} />
            <Readout label="Failed" value={count(now.failed)} />
          </dl>
        )}
      </Loaded>
      <Recent />
    </div>
  );
}
