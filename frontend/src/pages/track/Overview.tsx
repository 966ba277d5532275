import { Link } from 'react-router';
import type { TrackDetail } from '@/api/types';
import { CandidateList, FeatureBar, FeatureRadar, GenreBars, KeyWheel, MoodPlane } from '@/charts';
import { decimal, duration, keyName, percent, title } from '@/lib/format';
import { Badge, Note, Readout } from '@/ui';

const QUADRANTS: Record<string, string> = {
  Q1: 'happy and lively',
  Q2: 'tense and lively',
  Q3: 'sad and calm',
  Q4: 'content and calm',
};

export function Overview({ track }: { track: TrackDetail }) {
  return (
    <div className="stack gap-l">
      <dl className="grid tight">
        <Readout label="Tempo" value={decimal(track.tempo, 1)} unit="bpm" />
        <Readout label="Key" value={keyName(track.key, track.mode)} />
        <Readout label="Metre" value={track.time_signature ? `${track.time_signature}/4` : '–'} />
        <Readout label="Loudness" value={decimal(track.loudness_lufs, 1)} unit="LUFS" />
        <Readout label="True peak" value={decimal(track.true_peak_db, 1)} unit="dBTP" />
        <Readout label="Length" value={duration(track.duration_ms)} />
      </dl>
      <div className="split">
        <Features track={track} />
        <div className="stack">
          <Genres track={track} />
          <MoodCard track={track} />
          <TempoAndKey track={track} />
          <Tags track={track} />
        </div>
      </div>
    </div>
  );
}

function Features({ track }: { track: TrackDetail }) {
  return (
    <section className="card" aria-labelledby="features">
      <div className="card-head">
        <h2 id="features">Features</h2>
        <span className="quiet small">0 to 1; the thin line holds the true value in four songs of five</span>
      </div>
      <FeatureRadar
        title={`The seven features of ${track.title}`}
        axes={track.features.map((feature) => ({
          label: title(feature.name),
          value: feature.value,
          low: feature.interval?.low,
          high: feature.interval?.high,
        }))}
      />
      <ul className="feature-list">
        {track.features.map((feature) => (
          <li key={feature.name}>
            <FeatureBar
              label={title(feature.name)}
              value={feature.value}
              interval={feature.interval}
              corrected={feature.corrected}
            />
            <p className="quiet small">{feature.sentence}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Genres({ track }: { track: TrackDetail }) {
  return (
    <section className="card" aria-labelledby="genres">
      <div className="card-head">
        <h2 id="genres">Genre</h2>
        {track.genre_corrected && <Badge tone="accent">you said {track.genre_corrected}</Badge>}
      </div>
      <GenreBars
        items={track.genres}
        limit={6}
        link={(name) => <Link to={`/search?q=${encodeURIComponent(`genre:"${name}"`)}`}>{title(name)}</Link>}
      />
      {track.file_genres.length > 0 && (
        <p className="quiet small">The file says {track.file_genres.join(', ')}.</p>
      )}
    </section>
  );
}

function MoodCard({ track }: { track: TrackDetail }) {
  const { mood } = track;
  if (!mood) return null;
  return (
    <section className="card" aria-labelledby="mood">
      <div className="card-head">
        <h2 id="mood">Mood</h2>
        <span className="quiet small">{QUADRANTS[mood.quadrant] ?? mood.quadrant}</span>
      </div>
      <MoodPlane point={mood} quadrant={mood.quadrant} />
      <GenreBars items={mood.emotions} limit={4} label="Emotions that listeners may name" />
    </section>
  );
}

function TempoAndKey({ track }: { track: TrackDetail }) {
  return (
    <section className="card" aria-labelledby="tempo-key">
      <h2 id="tempo-key">Tempo and key</h2>
      {track.tempo_candidates.length > 0 ? (
        <CandidateList
          label="Tempo candidates"
          items={track.tempo_candidates.slice(0, 4).map(({ bpm, confidence }) => ({
            label: `${bpm.toFixed(1)} bpm`,
            confidence,
          }))}
        />
      ) : (
        <Note>No steady pulse was found, so there is no tempo.</Note>
      )}
      <KeyWheel keyClass={track.key} mode={track.mode} confidence={track.confidence.key} />
      <p className="quiet small">
        Metre: {track.time_signature ?? '–'} beats in a bar, confidence{' '}
        {percent(track.confidence.time_signature)}.
      </p>
    </section>
  );
}

function Tags({ track }: { track: TrackDetail }) {
  return (
    <section className="card" aria-labelledby="tags">
      <h2 id="tags">Tags</h2>
      <p className="row gap-s">
        {track.tags.slice(0, 12).map((tag) => (
          <Link key={tag.name} to={`/search?q=${encodeURIComponent(`tag:"${tag.name}"`)}`}>
            <Badge>
              {tag.name} {percent(tag.score)}
            </Badge>
          </Link>
        ))}
      </p>
    </section>
  );
}
