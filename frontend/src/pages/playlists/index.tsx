import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { api, take } from '@/api/client';
import { keys } from '@/api/queries';
import type { Playlist } from '@/api/types';
import { count, date, duration } from '@/lib/format';
import { useTitle } from '@/lib/useTitle';
import { Badge, Button, type Column, Dialog, EmptyState, Field, Loaded, Table } from '@/ui';

const COLUMNS: Column<Playlist>[] = [
  {
    id: 'name',
    header: 'Name',
    cell: (row) => <Link to={`/playlists/${row.id}`}>{row.name}</Link>,
    isRowHeader: true,
  },
  {
    id: 'kind',
    header: 'Filled by',
    cell: (row) => (row.is_rule ? <Badge>{row.q || 'everything'}</Badge> : 'hand'),
  },
  { id: 'total', header: 'Tracks', cell: (row) => count(row.total), align: 'end' },
  { id: 'length', header: 'Length', cell: (row) => duration(row.duration_ms), align: 'end' },
  { id: 'changed', header: 'Changed', cell: (row) => date(row.changed_at) },
];

export default function PlaylistsPage() {
  useTitle('Playlists');
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const playlists = useQuery({
    queryKey: keys.playlists,
    queryFn: ({ signal }) =>
      take(api.GET('/api/v1/playlists', { params: { query: { limit: 100 } }, signal })),
  });
  return (
    <div className="stack">
      <header className="page-head">
        <div>
          <h1>Playlists</h1>
          <p className="lead">By hand, by a rule that is asked anew each time, or from what sounds alike.</p>
        </div>
        <Button icon="plus" variant="primary" onClick={() => setOpen(true)}>
          New playlist
        </Button>
      </header>
      <Loaded query={playlists}>
        {(page) =>
          page.total === 0 ? (
            <EmptyState icon="playlist" title="No playlists yet">
              Make one by a rule here, with the lasso on the map, or from a song’s similar tracks.
            </EmptyState>
          ) : (
            <Table
              caption="Playlists"
              columns={COLUMNS}
              rows={page.items}
              rowKey={(row) => row.id}
              onOpen={(row) => navigate(`/playlists/${row.id}`)}
            />
          )
        }
      </Loaded>
      <NewPlaylist open={isOpen} onClose={() => setOpen(false)} />
    </div>
  );
}

function NewPlaylist({ open, onClose }: { open: boolean; onClose: () => void }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [q, setQ] = useState('');
  const make = useMutation({
    mutationFn: () =>
      take(
        api.POST('/api/v1/playlists', {
          body: { name, q: q.trim() || null, description: '', sort: '', limit: 100, track_ids: [] },
        }),
      ),
    meta: { quiet: true },
    onSuccess: (playlist) => {
      void client.invalidateQueries({ queryKey: keys.playlists });
      navigate(`/playlists/${playlist.id}`);
    },
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) make.mutate();
  };
  return (
    <Dialog open={open} onClose={onClose} title="New playlist">
      <form className="stack" onSubmit={onSubmit}>
        <Field label="Name" value={name} onChange={(event) => setName(event.target.value)} required />
        <Field
          label="Rule"
          hint="A search, such as genre:house energy>0.7. Leave it out to fill the list by hand."
          value={q}
          onChange={(event) => setQ(event.target.value)}
          error={make.error?.message}
        />
        <div className="row end">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={make.isPending}>
            Make playlist
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
