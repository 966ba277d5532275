import { type FormEvent, useState } from 'react';
import { Navigate, useSearchParams } from 'react-router';
import { describe } from '@/api/problem';
import { useLogin, useSession } from '@/api/queries';
import { insideAddress } from '@/lib/inside';
import { useTitle } from '@/lib/useTitle';
import { Button, Field, Note } from '@/ui';
import './login.css';

export default function LoginPage() {
  useTitle('Sign in');
  const [params] = useSearchParams();
  const session = useSession();
  const login = useLogin();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  if (session.data?.user) return <Navigate to={insideAddress(params.get('next'))} replace />;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    login.mutate({ name, password });
  };
  return (
    <form className="login card stack" onSubmit={submit}>
      <h1>Sign in</h1>
      <p className="quiet">
        This library is for people it knows. Whoever runs the server can give you an account.
      </p>
      <Field
        label="Name"
        autoComplete="username"
        required
        maxLength={150}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Field
        label="Password"
        type="password"
        autoComplete="current-password"
        required
        maxLength={200}
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      {login.error && (
        <div role="alert">
          <Note tone="danger">{describe(login.error).detail || describe(login.error).title}</Note>
        </div>
      )}
      <div className="row end">
        <Button type="submit" variant="primary" busy={login.isPending}>
          Sign in
        </Button>
      </div>
    </form>
  );
}
