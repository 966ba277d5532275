import { useMutation } from '@tanstack/react-query';
import { type DragEvent, type FormEvent, useEffect, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { api, take } from '@/api/client';
import { useStatus } from '@/api/queries';
import type { Job, OnlineSuggestion } from '@/api/types';
import { uploadFile } from '@/api/upload';
import { clock } from '@/lib/format';
import { announce, Button, Field, Icon, Progress, toast } from '@/ui';

/** The ways to bring a song: drop it, choose it, record it, or say where on the web it is. */
export function Bring() {
  const navigate = useNavigate();
  const [sending, setSending] = useState<{ name: string; fraction: number } | null>(null);
  const [isOver, setOver] = useState(false);
  const chooser = useRef<HTMLInputElement>(null);
  const stop = useRef<AbortController>(null);

  const send = async (files: readonly File[]) => {
    const [first, ...others] = files;
    if (!first) return;
    let last: Job | null = null;
    for (const file of [first, ...others]) {
      stop.current = new AbortController();
      setSending({ name: file.name, fraction: 0 });
      try {
        last = await uploadFile(
          file,
          (fraction) => setSending({ name: file.name, fraction }),
          stop.current.signal,
        );
      } catch (error) {
        if ((error as Error).name === 'AbortError') break;
        const { title, detail } = error as { title?: string; detail?: string; message: string };
        toast({
          kind: 'error',
          title: `“${file.name}” was not taken`,
          detail: detail ?? title ?? (error as Error).message,
        });
      }
    }
    setSending(null);
    if (!last) return;
    announce('Sent. The analysis begins.');
    navigate(others.length > 0 ? '/library?sort=-added_at' : `/jobs/${last.id}`);
  };

  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void send([...event.dataTransfer.files]);
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is one more way beside the button within
    <div
      className={`bring ${isOver ? 'over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      {sending ? (
        <div className="stack grow">
          <Progress label={`Sending ${sending.name}`} fraction={sending.fraction} />
          <Button size="small" onClick={() => stop.current?.abort()}>
            Cancel
          </Button>
        </div>
      ) : (
        <>
          <Icon name="upload" size={28} />
          <p className="grow">
            <strong>Drop a song here</strong>
            <span className="quiet small"> Any format. It stays on this machine.</span>
          </p>
          <div className="row gap-s">
            <Button variant="primary" icon="folder" onClick={() => chooser.current?.click()}>
              Choose a file
            </Button>
            <Recorder onDone={(file) => void send([file])} />
          </div>
          <input
            ref={chooser}
            type="file"
            multiple
            accept="audio/*,video/mp4,.flac,.opus,.wv,.ape,.mpc,.tta"
            className="visually-hidden"
            aria-label="Choose a file to analyse"
            tabIndex={-1}
            onChange={(event) => {
              void send([...(event.target.files ?? [])]);
              event.target.value = '';
            }}
          />
        </>
      )}
    </div>
  );
}

const LONGEST_S = 60;

/** Records from the microphone, up to a minute; what it heard is sent like a file. */
function Recorder({ onDone }: { onDone: (file: File) => void }) {
  const recorder = useRef<MediaRecorder>(null);
  const [seconds, setSeconds] = useState<number | null>(null);

  useEffect(() => {
    if (seconds === null) return;
    if (seconds >= LONGEST_S) recorder.current?.stop();
    const timer = setTimeout(() => setSeconds((now) => (now === null ? null : now + 1)), 1000);
    return () => clearTimeout(timer);
  }, [seconds]);
  useEffect(() => () => recorder.current?.stream.getTracks().forEach((track) => void track.stop()), []);

  if (!navigator.mediaDevices || typeof MediaRecorder === 'undefined') return null;

  const begin = async () => {
    try {
      // What cleans speech for calls spoils music.
      const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
      const stream = await navigator.mediaDevices.getUserMedia({ audio });
      const made = new MediaRecorder(stream);
      const parts: Blob[] = [];
      made.ondataavailable = (event) => parts.push(event.data);
      made.onstop = () => {
        for (const track of stream.getTracks()) track.stop();
        setSeconds(null);
        const kind = made.mimeType.includes('mp4') ? 'm4a' : 'webm';
        const when = new Date().toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
        onDone(new File(parts, `Recording of ${when}.${kind}`.replaceAll(':', '.'), { type: made.mimeType }));
      };
      recorder.current = made;
      made.start();
      setSeconds(0);
      announce('Recording');
    } catch {
      toast({
        kind: 'error',
        title: 'The microphone cannot be used',
        detail: 'Allow it for this page in the browser, and check that one is connected.',
      });
    }
  };

  return seconds === null ? (
    <Button icon="mic" onClick={() => void begin()}>
      Record
    </Button>
  ) : (
    <Button icon="stop" variant="danger" onClick={() => recorder.current?.stop()}>
      Stop at {clock(seconds)}
    </Button>
  );
}

/** The address of a file on the web, and songs that a provider knows when the owner has turned that on. */
export function FromTheWeb() {
  const navigate = useNavigate();
  const status = useStatus();
  const [url, setUrl] = useState('');
  const analyse = useMutation({
    mutationFn: (address: string) => take(api.POST('/api/v1/analyses', { body: { url: address } })),
    onSuccess: (job) => navigate(`/jobs/${job.id}`),
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (url.trim()) analyse.mutate(url.trim());
  };
  const provider = status.data?.online_search ?? 'off';
  return (
    <div className="stack">
      <form className="row from-web" onSubmit={onSubmit}>
        <div className="grow">
          <Field
            label="Or the address of a sound file"
            type="url"
            placeholder="https://"
            value={url}
            onChange={(event) => setUrl(event.target.value)}
          />
        </div>
        <Button type="submit" icon="link" busy={analyse.isPending}>
          Analyse
        </Button>
      </form>
      {provider !== 'off' && (
        <Online provider={provider} onChoose={(song) => analyse.mutate(song.preview_url)} />
      )}
    </div>
  );
}

function Online({
  provider,
  onChoose,
}: {
  provider: 'deezer' | 'itunes';
  onChoose: (song: OnlineSuggestion) => void;
}) {
  const [q, setQ] = useState('');
  const search = useMutation({
    mutationFn: () => take(api.GET('/api/v1/suggest/online', { params: { query: { q } } })),
  });
  const name = provider === 'deezer' ? 'Deezer' : 'iTunes';
  return (
    <section className="stack gap-s" aria-label={`Songs that ${name} knows`}>
      <form
        className="row from-web"
        onSubmit={(event) => {
          event.preventDefault();
          if (q.trim()) search.mutate();
        }}
      >
        <div className="grow">
          <Field
            label={`A song that ${name} knows`}
            hint="Its 30-second preview is analysed. What you type here goes to the provider."
            value={q}
            onChange={(event) => setQ(event.target.value)}
          />
        </div>
        <Button type="submit" icon="search" busy={search.isPending}>
          Look up
        </Button>
      </form>
      {search.data?.length === 0 && <p className="quiet">{name} knows no such song.</p>}
      <ul className="plain-list">
        {search.data?.map((song) => (
          <li key={song.preview_url} className="row between">
            <span>
              {song.title} <small className="quiet">{song.artist}</small>
            </span>
            <Button size="small" icon="note" onClick={() => onChoose(song)}>
              Analyse preview
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
