/** The application's own icons: strokes of 1.75 on a grid of 24, in the colour of the text. */
const STROKES = {
  home: 'M4 11.5 12 4.5l8 7M6.5 10v9.5h11V10M10 19.5v-5h4v5',
  library: 'M4.5 4.5v15M9 4.5v15M13.2 5.1l4.9 14.1',
  map: 'M6 8h.01M11 5h.01M9.5 12h.01M16 9h.01M18.5 14.5h.01M13.5 16h.01M7 17.5h.01M17.5 19h.01',
  playlist: 'M4 6.5h12M4 11.5h12M4 16.5h7M15 19.5v-8l5 3.2M15 19.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0z',
  models: 'M4 18.5 9 12l4 3 7-9.5M4 4.5v14h16',
  info: 'M12 11v6M12 7.2v.01M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17z',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.3 15.3 20 20',
  settings: 'M4 7h9M17 7h3M15 4.5v5M4 12h3M11 12h9M9 9.5v5M4 17h9M17 17h3M15 14.5v5',
  close: 'm6 6 12 12M18 6 6 18',
  check: 'm5 12.5 4.5 4.5L19 7.5',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  left: 'm14.5 5.5-6.5 6.5 6.5 6.5',
  right: 'm9.5 5.5 6.5 6.5-6.5 6.5',
  up: 'm5.5 14.5 6.5-6.5 6.5 6.5',
  down: 'm5.5 9.5 6.5 6.5 6.5-6.5',
  more: 'M5.5 12h.01M12 12h.01M18.5 12h.01',
  upload: 'M12 15.5V4.5M7.5 8.5 12 4l4.5 4.5M4.5 15v4.5h15V15',
  download: 'M12 4v11M7.5 11.5 12 16l4.5-4.5M4.5 15v4.5h15V15',
  mic: 'M12 14.5a3 3 0 0 0 3-3v-5a3 3 0 0 0-6 0v5a3 3 0 0 0 3 3zM6 11.5a6 6 0 0 0 12 0M12 17.5v3',
  link: 'M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1',
  'thumb-up':
    'M7.5 11v8.5h-3V11zM7.5 11l4-7c1.8 0 2.8 1.3 2.3 3l-.7 2.5h5a2 2 0 0 1 2 2.5l-1.5 6a2 2 0 0 1-2 1.5H7.5',
  'thumb-down':
    'M7.5 13V4.5h-3V13zM7.5 13l4 7c1.8 0 2.8-1.3 2.3-3l-.7-2.5h5a2 2 0 0 0 2-2.5l-1.5-6a2 2 0 0 0-2-1.5H7.5',
  edit: 'M4.5 19.5l1-4L16 5a2.1 2.1 0 0 1 3 3L8.5 18.5zM14 7l3 3',
  trash: 'M4.5 7h15M9.5 7V4.5h5V7M6.5 7l1 12.5h9l1-12.5M10.5 10.5v5.5M13.5 10.5v5.5',
  refresh: 'M19.5 12A7.5 7.5 0 1 1 17 6.4M19.5 3.5v4h-4',
  warning: 'M12 4 3.5 19h17zM12 10v4.5M12 17v.01',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c.8-3.7 3.7-5.5 7.5-5.5s6.7 1.8 7.5 5.5',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M18.4 5.6l-1.1 1.1M6.7 17.3l-1.1 1.1',
  moon: 'M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z',
  volume: 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11',
  muted: 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5',
  queue: 'M4 6.5h16M4 12h16M4 17.5h9',
  columns: 'M4 5h16v14H4zM9.5 5v14M14.5 5v14',
  filter: 'M4 6h16l-6.2 7.2V19l-3.6-2v-3.8z',
  folder: 'M3.5 18.5v-13h6l2 2.5h9v10.5z',
  note: 'M9 17.5V5.5l9.5-1.5v11.5M9 17.5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM18.5 15.5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z',
  disc: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  tag: 'M4 4.5h7.5l8 8-7 7-8.5-8.5zM8 8.5h.01',
  external: 'M13.5 4.5h6v6M19.5 4.5 11 13M17 13.5v6H4.5V7H11',
  undo: 'M8.5 5 4.5 9l4 4M4.5 9h9a5.5 5.5 0 0 1 0 11H9',
  spinner: 'M12 3.5a8.5 8.5 0 1 1-8.5 8.5',
  logout: 'M10 4.5H4.5v15H10M15 8l4.5 4-4.5 4M19 12H9.5',
} as const;

const FILLED = {
  play: 'M7 4.8v14.4a.8.8 0 0 0 1.2.7l11.5-7.2a.8.8 0 0 0 0-1.4L8.2 4.1A.8.8 0 0 0 7 4.8z',
  pause: 'M6.5 4.5h3.7v15H6.5zM13.8 4.5h3.7v15h-3.7z',
  next: 'M5 5.2v13.6a.7.7 0 0 0 1.1.6L16 12.6a.7.7 0 0 0 0-1.2L6.1 4.6A.7.7 0 0 0 5 5.2zM17 4.5h2.5v15H17z',
  previous:
    'M19 5.2v13.6a.7.7 0 0 1-1.1.6L8 12.6a.7.7 0 0 1 0-1.2l9.9-6.8a.7.7 0 0 1 1.1.6zM4.5 4.5H7v15H4.5z',
  stop: 'M6 6h12v12H6z',
  record: 'M12 18.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13z',
} as const;

export type IconName = keyof typeof STROKES | keyof typeof FILLED;
export const ICON_NAMES = [...Object.keys(STROKES), ...Object.keys(FILLED)] as IconName[];

/** A picture beside words, or in a button that has a label: by itself it says nothing to screen readers. */
export function Icon({
  name,
  size = 20,
  className = '',
}: {
  name: IconName;
  size?: number;
  className?: string;
}) {
  const filled = name in FILLED;
  return (
    <svg
      className={`icon ${className}`}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill={filled ? 'currentColor' : 'none'}
      stroke={filled ? 'none' : 'currentColor'}
      strokeWidth={name === 'map' || name === 'more' ? 2.75 : 1.75}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={filled ? FILLED[name as keyof typeof FILLED] : STROKES[name as keyof typeof STROKES]} />
    </svg>
  );
}

/** The mark: the sign for "from the beginning again". */
export function Mark({ size = 26 }: { size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 26 26"
      fill="currentColor"
      aria-hidden="true"
      focusable="false"
    >
      <rect x="2" y="3" width="3" height="20" rx="1.5" />
      <rect x="7" y="3" width="1.4" height="20" rx=".7" />
      <circle cx="12.6" cy="9.4" r="2.1" />
      <circle cx="12.6" cy="16.6" r="2.1" />
      <rect x="17.4" y="7.5" width="2" height="11" rx="1" opacity=".75" />
      <rect x="21.6" y="10" width="2" height="6" rx="1" opacity=".5" />
    </svg>
  );
}
