import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { api, take } from '@/api/client';
import { keys, useIsOwner, useSession } from '@/api/queries';
import { count, date } from '@/lib/format';
import { useTitle } from '@/lib/useTitle';
import { Button, ConfirmDialog, Field, IconButton, Loaded, Note, Readout, Select } from '@/ui';

export default function SettingsPage() {
  useTitle('Settings');
  const isOwner = useIsOwner();
  const session = useSession();
  return (
    <div className="stack gap-xl narrow">
      <header>
        <h1>Settings</h1>
        {isOwner && session.data?.is_public && (
          <p className="lead">
            <Link to="/users">Users</Link> has who may come in.
          </p>
        )}
      </header>
      {isOwner && <Folders />}
      <Installation />
      <Tokens />
    </div>
  );
}

function Folders() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [path, setPath] = useState('');
  const [leaving, setLeaving] = useState<{ id: string; path: string } | null>(null);
  const folders = useQuery({
    queryKey: ['folders'],
    queryFn: ({ signal }) => take(api.GET('/api/v1/folders', { params: { query: { limit: 100 } }, signal })),
    refetchInterval: 5000,
  });
  const refresh = () => client.invalidateQueries({ queryKey: ['folders'] });
  const add = useMutation({
    mutationFn: () => take(api.POST('/api/v1/folders', { body: { path } })),
    onSuccess: (job) => navigate(`/jobs/${job.id}`),
  });
  const scan = useMutation({
    mutationFn: (folder_id: string) =>
      take(api.POST('/api/v1/folders/{folder_id}/scan', { params: { path: { folder_id } } })),
    onSuccess: (job) => navigate(`/jobs/${job.id}`),
  });
  const leave = useMutation({
    mutationFn: (folder_id: string) =>
      take(api.DELETE('/api/v1/folders/{folder_id}', { params: { path: { folder_id } } })),
    onSuccess: () => {
      setLeaving(null);
      void client.invalidateQueries({ queryKey: keys.tracks });
      void refresh();
    },
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (path.trim()) add.mutate();
  };
  return (
    <section className="stack" aria-labelledby="folders">
      <h2 id="folders">Folders of music</h2>
      <Loaded query={folders}>
        {(page) => (
          <ul className="plain-list stack gap-s">
            {page.items.map((folder) => (
              <li key={folder.id} className="card">
                <div className="row between">
                  <strong className="path-text">{folder.path}</strong>
                  <span className="row gap-s">
                    <Button
                      size="small"
                      icon="refresh"
                      busy={scan.isPending}
                      onClick={() => scan.mutate(folder.id)}
                    >
                      Scan
                    </Button>
                    <IconButton
                      icon="trash"
                      label={`Take ${folder.path} out of the library`}
                      onClick={() => setLeaving(folder)}
                    />
                  </span>
                </div>
                <p className="quiet small">
                  {count(folder.tracks)} tracks, {count(folder.analysed)} analysed, {count(folder.failed)}{' '}
                  failed, {count(folder.missing)} missing; scanned {date(folder.scanned_at)}
                </p>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      <form className="row from-web" onSubmit={onSubmit}>
        <div className="grow">
          <Field
            label="Add a folder of this machine"
            placeholder="/home/you/Music"
            value={path}
            onChange={(event) => setPath(event.target.value)}
          />
        </div>
        <Button type="submit" icon="plus" busy={add.isPending}>
          Add
        </Button>
      </form>
      <ConfirmDialog
        open={leaving !== null}
        title="Take this folder out?"
        action="Take it out"
        busy={leave.isPending}
        onConfirm={() => leaving && leave.mutate(leaving.id)}
        onClose={() => setLeaving(null)}
      >
        The files stay where they are; what was heard in them is forgotten.
      </ConfirmDialog>
    </section>
  );
}

function Installation() {
  const isOwner = useIsOwner();
  const client = useQueryClient();
  const settings = useQuery({
    queryKey: ['settings'],
    queryFn: ({ signal }) => take(api.GET('/api/v1/settings', { signal })),
  });
  const change = useMutation({
    mutationFn: (online_search: 'off' | 'deezer' | 'itunes') =>
      take(api.PATCH('/api/v1/settings', { body: { online_search } })),
    onSuccess: (now) => {
      client.setQueryData(['settings'], now);
      void client.invalidateQueries({ queryKey: keys.status });
    },
  });
  return (
    <section className="stack" aria-labelledby="installation">
      <h2 id="installation">This installation</h2>
      <Loaded query={settings}>
        {(now) => (
          <>
            {isOwner && (
              <Select
                label="Look songs up online"
                hint="Off, nothing leaves this machine. On, what is typed into that one field is sent to the provider by this server."
                value={now.online_search}
                options={[
                  { value: 'off', label: 'Off' },
                  { value: 'deezer', label: 'Deezer' },
                  { value: 'itunes', label: 'iTunes' },
                ]}
                onValue={(value) => change.mutate(value as 'off')}
              />
            )}
            <dl className="grid tight">
              <Readout label="Version" value={now.version} />
              <Readout label="Database" value={now.database === 'sqlite' ? 'SQLite' : 'PostgreSQL'} />
              <Readout label="Largest upload" value={now.max_upload_mb} unit="MiB" />
            </dl>
            {now.data_folder && (
              <p className="quiet small">
                Data are in <code>{now.data_folder}</code>.
              </p>
            )}
          </>
        )}
      </Loaded>
    </section>
  );
}

function Tokens() {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const tokens = useQuery({
    queryKey: ['tokens'],
    queryFn: ({ signal }) => take(api.GET('/api/v1/tokens', { params: { query: { limit: 100 } }, signal })),
  });
  const refresh = () => client.invalidateQueries({ queryKey: ['tokens'] });
  const make = useMutation({
    mutationFn: () => take(api.POST('/api/v1/tokens', { body: { name } })),
    onSuccess: () => {
      setName('');
      void refresh();
    },
  });
  const remove = useMutation({
    mutationFn: (token_id: string) =>
      take(api.DELETE('/api/v1/tokens/{token_id}', { params: { path: { token_id } } })),
    onSuccess: refresh,
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) make.mutate();
  };
  return (
    <section className="stack" aria-labelledby="tokens">
      <h2 id="tokens">Tokens for programs</h2>
      {make.data && (
        <Note>
          The token is <code className="path-text">{make.data.token}</code>. It is shown this once: copy it
          now.
        </Note>
      )}
      <Loaded query={tokens}>
        {(page) => (
          <ul className="plain-list">
            {page.items.map((token) => (
              <li key={token.id} className="row between">
                <span>
                  {token.name}{' '}
                  <small className="quiet">
                    made {date(token.created_at)}, used {date(token.used_at)}
                  </small>
                </span>
                <IconButton
                  icon="trash"
                  label={`Withdraw ${token.name}`}
                  onClick={() => remove.mutate(token.id)}
                />
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      <form className="row from-web" onSubmit={onSubmit}>
        <div className="grow">
          <Field label="Name of a new token" value={name} onChange={(event) => setName(event.target.value)} />
        </div>
        <Button type="submit" icon="plus" busy={make.isPending}>
          Make token
        </Button>
      </form>
    </section>
  );
}
