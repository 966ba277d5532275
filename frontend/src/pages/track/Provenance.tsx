import type { PictureInfo, TrackDetail } from '@/api/types';
import { clock, date, decimal, percent, title } from '@/lib/format';
import { type Column, Table } from '@/ui';

type Row = TrackDetail['features'][number];

const COLUMNS: Column<Row>[] = [
  { id: 'name', header: 'Feature', cell: (row) => title(row.name), isRowHeader: true },
  { id: 'definition', header: 'What it means', cell: (row) => row.definition },
  { id: 'r2', header: 'R²', cell: (row) => decimal(row.r2, 2), align: 'end' },
  { id: 'mae', header: 'Mean error', cell: (row) => decimal(row.mae, 3), align: 'end' },
];

export function Provenance({ track, pictures }: { track: TrackDetail; pictures: readonly PictureInfo[] }) {
  return (
    <div className="stack gap-l">
      <section className="stack" aria-labelledby="how-values">
        <h2 id="how-values">Where the values come from</h2>
        <p className="narrow">
          Tempo, beats, metre, key and loudness are <strong>measured</strong> from the sound. The seven
          features are <strong>predicted</strong> by models that learnt Spotify’s values of other songs, genre
          and mood by models that learnt from labelled collections. Made by <code>{track.model}</code>; added{' '}
          {date(track.added_at)}. The errors below were measured on artists that the models had not heard: R²
          is 1 for a perfect estimate and 0 for one no better than the mean of all songs.
        </p>
        <Table
          caption="How good each predicted feature is"
          columns={COLUMNS}
          rows={track.features}
          rowKey={(row) => row.name}
        />
        <p className="quiet small">
          Confidence of what is measured: tempo {percent(track.confidence.tempo)}, key{' '}
          {percent(track.confidence.key)}, mode {percent(track.confidence.mode)}, metre{' '}
          {percent(track.confidence.time_signature)}.{' '}
          <a href={`/api/v1/tracks/${track.id}/record`}>The whole record as JSON</a>
        </p>
      </section>
      <section className="stack" aria-labelledby="how-pictures">
        <h2 id="how-pictures">What the models see</h2>
        <div className="pictures">
          {pictures.map((picture) => (
            <figure key={picture.kind} className="card">
              <figcaption>
                <strong>{picture.title}</strong>{' '}
                <span className="quiet small">{EXPLAINED[picture.kind]}</span>
              </figcaption>
              <div className="picture-frame">
                <img src={picture.url} alt={`${picture.title} of ${track.title}`} loading="lazy" />
                {picture.ticks.map((tick) => (
                  <span
                    key={tick.label}
                    className="picture-tick"
                    style={{
                      bottom: `clamp(0px, calc(${tick.position * 100}% - 0.6em), calc(100% - 1.2em))`,
                    }}
                  >
                    {tick.label}
                  </span>
                ))}
              </div>
              <div className="row between quiet small number">
                <span>0:00</span>
                <span>
                  {decimal(picture.low, 0)} to {decimal(picture.high, 0)} {picture.unit}
                </span>
                <span>{clock(picture.duration_s)}</span>
              </div>
            </figure>
          ))}
        </div>
      </section>
    </div>
  );
}

const EXPLAINED: Record<PictureInfo['kind'], string> = {
  spectrogram: 'Which frequencies sound when.',
  mel: 'The same as the ear spaces it; the networks hear this.',
  chroma: 'Which of the twelve notes sound; the key is read from it.',
  tempogram: 'Which tempi repeat; the tempo is read from it.',
  mfcc: 'The colour of the sound in few numbers.',
};
