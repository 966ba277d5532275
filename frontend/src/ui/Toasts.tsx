import { useSyncExternalStore } from 'react';
import { IconButton } from './Button';
import { dismiss, toastStore } from './toasts';

/** Where toasts and announcements appear; once, in the shell. */
export function Toasts() {
  const toasts = useSyncExternalStore(toastStore.subscribe, toastStore.toasts);
  const spoken = useSyncExternalStore(toastStore.subscribe, toastStore.announcement);
  return (
    <>
      <div className="visually-hidden" aria-live="polite" role="status">
        {spoken}
      </div>
      <section className="toasts" aria-label="Messages" aria-live="assertive" aria-relevant="additions">
        {toasts.map((toast) => (
          <div key={toast.id} className={`toast ${toast.kind}`}>
            <div>
              <strong>{toast.title}</strong>
              {toast.detail}
            </div>
            <IconButton icon="close" label="Close message" size="small" onClick={() => dismiss(toast.id)} />
          </div>
        ))}
      </section>
    </>
  );
}
