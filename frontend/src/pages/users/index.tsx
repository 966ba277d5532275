import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, take } from '@/api/client';
import type { User } from '@/api/types';
import { date } from '@/lib/format';
import { useTitle } from '@/lib/useTitle';
import { Button, type Column, ConfirmDialog, Field, IconButton, Loaded, Select, Switch, Table } from '@/ui';

const ROLES = [
  { value: 'guest', label: 'Guest: listens, uploads, corrects' },
  { value: 'owner', label: 'Owner: may do everything' },
];

export default function UsersPage() {
  useTitle('Users');
  const client = useQueryClient();
  const [leaving, setLeaving] = useState<User | null>(null);
  const users = useQuery({
    queryKey: ['users'],
    queryFn: ({ signal }) => take(api.GET('/api/v1/users', { params: { query: { limit: 100 } }, signal })),
  });
  const refresh = () => client.invalidateQueries({ queryKey: ['users'] });
  const change = useMutation({
    mutationFn: ({ id, ...body }: { id: number; role?: 'owner' | 'guest'; is_active?: boolean }) =>
      take(api.PATCH('/api/v1/users/{user_id}', { params: { path: { user_id: id } }, body })),
    onSettled: refresh,
  });
  const remove = useMutation({
    mutationFn: (user_id: number) =>
      take(api.DELETE('/api/v1/users/{user_id}', { params: { path: { user_id } } })),
    onSuccess: () => {
      setLeaving(null);
      void refresh();
    },
  });
  const columns: Column<User>[] = [
    { id: 'name', header: 'Name', cell: (user) => user.name, isRowHeader: true },
    {
      id: 'role',
      header: 'Role',
      cell: (user) => (
        <Select
          label={`Role of ${user.name}`}
          hideLabel
          value={user.role}
          options={ROLES}
          onValue={(role) => change.mutate({ id: user.id, role: role as User['role'] })}
        />
      ),
    },
    {
      id: 'active',
      header: 'May come in',
      cell: (user) => (
        <Switch
          label={<span className="visually-hidden">{user.name} may come in</span>}
          checked={user.is_active}
          onValue={(is_active) => change.mutate({ id: user.id, is_active })}
        />
      ),
    },
    { id: 'seen', header: 'Last here', cell: (user) => date(user.last_login) },
    {
      id: 'remove',
      header: '',
      cell: (user) => (
        <IconButton icon="trash" label={`Remove ${user.name}`} onClick={() => setLeaving(user)} />
      ),
    },
  ];
  return (
    <div className="stack gap-l">
      <h1>Users</h1>
      <Loaded query={users}>
        {(page) => (
          <Table caption="Users" columns={columns} rows={page.items} rowKey={(user) => String(user.id)} />
        )}
      </Loaded>
      <NewUser onMade={refresh} />
      <ConfirmDialog
        open={leaving !== null}
        title={`Remove ${leaving?.name}?`}
        action="Remove"
        busy={remove.isPending}
        onConfirm={() => leaving && remove.mutate(leaving.id)}
        onClose={() => setLeaving(null)}
      >
        Their playlists and tokens go with them; their corrections stay.
      </ConfirmDialog>
    </div>
  );
}

function NewUser({ onMade }: { onMade: () => void }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState('guest');
  const make = useMutation({
    mutationFn: () =>
      take(api.POST('/api/v1/users', { body: { name, password, role: role as User['role'] } })),
    meta: { quiet: true },
    onSuccess: () => {
      setName('');
      setPassword('');
      onMade();
    },
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <form className="card stack narrow" onSubmit={onSubmit} aria-labelledby="new-user">
      <h2 id="new-user">New user</h2>
      <Field
        label="Name"
        autoComplete="off"
        required
        value={name}
        onChange={(e) => setName(e.target.value)}
      />
      <Field
        label="Password"
        type="password"
        autoComplete="new-password"
        hint="At least ten characters."
        minLength={10}
        required
        value={password}
        error={make.error?.message}
        onChange={(event) => setPassword(event.target.value)}
      />
      <Select label="Role" value={role} options={ROLES} onValue={setRole} />
      <div className="row end">
        <Button type="submit" variant="primary" busy={make.isPending}>
          Add user
        </Button>
      </div>
    </form>
  );
}
