import { Link } from 'react-router';
import { useStatus } from '@/api/queries';
import { useTitle } from '@/lib/useTitle';

export default function AboutPage() {
  useTitle('About');
  const status = useStatus();
  return (
    <article className="stack narrow">
      <h1>About Reprise</h1>
      <p className="lead">
        Reprise {status.data?.version} listens to music and says what is in it. It runs on this machine: no
        sound and no number leaves it, and no page asks any other host for anything.
      </p>
      <h2>What the numbers mean</h2>
      <p>
        Tempo, beats, metre, key and loudness are measured from the sound. Danceability, energy, valence,
        acousticness, instrumentalness, speechiness and liveness are estimates of the values that Spotify once
        gave; genre, mood and tags are predicted too. Each estimate comes with an interval that holds the true
        value in four songs of five, and <Link to="/models">Models</Link> says how wrong they are on artists
        that were not heard in training. Liveness is no better than a guess, and the pages say so.
      </p>
      <h2>Search</h2>
      <p>
        Words find titles, artists and albums, also misspelt ones. Fields narrow it down:{' '}
        <code>genre:house energy&gt;0.7 tempo:120-130 key:Am mood:happy year:1990-1999 -tag:vocal</code>.
      </p>
      <h2>Keys</h2>
      <p>
        Space or <kbd>k</kbd> plays and pauses, <kbd>j</kbd> and <kbd>l</kbd> go back and forward, the arrows
        by five seconds, <kbd>m</kbd> is silence. In tables the arrows go from row to row and Enter opens.
      </p>
      <h2>For programs</h2>
      <p>
        Everything that these pages show comes from an open API: <a href="/api/v1/docs">its operations</a>,{' '}
        <a href="/api/v1/openapi.json">OpenAPI</a>. Programs send a token, made in the{' '}
        <Link to="/settings">settings</Link>.
      </p>
      <h2>Licence</h2>
      <p>
        Apache License 2.0. MusiCNN’s networks are by Jordi Pons (ISC licence). What the weights were trained
        on has terms of its own; the documentation lists it model by model.
      </p>
    </article>
  );
}
