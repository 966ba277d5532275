import { Suspense, useEffect, useRef, useSyncExternalStore } from 'react';
import { Link, NavLink, Outlet, ScrollRestoration, useLocation, useSearchParams } from 'react-router';
import { useLogout, useSession } from '@/api/queries';
import { type ThemeChoice, themeStore } from '@/lib/theme';
import { shortcutsStore, usePlayer } from '@/player';
import { PlayerBar } from '@/player/PlayerBar';
import { Icon, type IconName, Mark } from '@/ui/Icon';
import { Menu, type MenuItem } from '@/ui/Menu';
import { Skeleton } from '@/ui/States';
import { Toasts } from '@/ui/Toasts';
import { SearchBox } from './SearchBox';

const PAGES: readonly { to: string; label: string; icon: IconName }[] = [
  { to: '/', label: 'Home', icon: 'home' },
  { to: '/library', label: 'Library', icon: 'library' },
  { to: '/map', label: 'Map', icon: 'map' },
  { to: '/playlists', label: 'Playlists', icon: 'playlist' },
  { to: '/models', label: 'Models', icon: 'models' },
  { to: '/about', label: 'About', icon: 'info' },
];

/** What stands around every page: header, search, player, messages. */
export function Shell() {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const { track } = usePlayer();
  const before = useRef(pathname);

  useEffect(() => {
    // Who goes by keyboard or by ear begins each page at its main part; the first one at the top, as usual.
    if (before.current !== pathname) main.current?.focus({ preventScroll: true });
    before.current = pathname;
  }, [pathname]);

  return (
    <div className="shell" data-player={track ? '' : undefined}>
      {/* biome-ignore lint/a11y/useValidAnchor: it goes to a part of the page; the router must not see it */}
      <a
        className="skip-link"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to content
      </a>
      <Header />
      <main id="main" className="main" ref={main} tabIndex={-1}>
        <Suspense fallback={<Skeleton lines={5} label="Loading page" />}>
          <Outlet />
        </Suspense>
      </main>
      <PlayerBar />
      <Toasts />
      <ScrollRestoration />
    </div>
  );
}

function Header() {
  const [params] = useSearchParams();
  const { pathname } = useLocation();
  return (
    <header className="header">
      <div className="header-row">
        <Link to="/" className="brand" aria-label="Reprise, home">
          <Mark />
          <span>Reprise</span>
        </Link>
        <nav className="nav" aria-label="Main">
          {PAGES.map((page) => (
            <NavLink key={page.to} to={page.to} end={page.to === '/'}>
              <Icon name={page.icon} size={22} />
              {page.label}
            </NavLink>
          ))}
        </nav>
        <div className="header-search">
          <SearchBox
            initial={pathname === '/search' ? (params.get('q') ?? '') : ''}
            label="Search from any page"
            placeholder="Search"
          />
        </div>
        <div className="header-tools">
          <Preferences />
        </div>
      </div>
    </header>
  );
}

const THEMES: readonly { value: ThemeChoice; label: string }[] = [
  { value: 'system', label: 'System colours' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

function Preferences() {
  const session = useSession().data;
  const logout = useLogout();
  const theme = useSyncExternalStore(themeStore.subscribe, themeStore.choice);
  const shortcuts = useSyncExternalStore(shortcutsStore.subscribe, shortcutsStore.get);
  const isOwner = session?.user?.role === 'owner';
  const items: MenuItem[] = [
    ...THEMES.map(({ value, label }) => ({
      label,
      checked: theme === value,
      onSelect: () => themeStore.set(value),
    })),
    'line',
    {
      label: 'Keys work the player',
      checked: shortcuts === 'on',
      onSelect: () => shortcutsStore.set(shortcuts === 'on' ? 'off' : 'on'),
    },
    'line',
    { label: 'Settings', icon: 'settings', to: '/settings' },
    ...(isOwner && session?.is_public ? [{ label: 'Users', icon: 'user' as const, to: '/users' }] : []),
    ...(session?.is_public && session.user
      ? [{ label: `Sign out ${session.user.name}`, icon: 'logout' as const, onSelect: () => logout.mutate() }]
      : []),
  ];
  return <Menu label="Preferences" icon="settings" items={items} />;
}
