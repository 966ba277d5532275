import { isRouteErrorResponse, useRouteError } from 'react-router';
import { Button } from '@/ui/Button';
import { Icon } from '@/ui/Icon';

/** What is shown where a page broke: the rest of the application goes on. */
export function PageError() {
  const error = useRouteError();
  // After an update the server has files of other names than the ones this tab asks for.
  const isOutdated = error instanceof TypeError && /import|module/i.test(error.message);
  const detail = isRouteErrorResponse(error) ? error.statusText : error instanceof Error ? error.message : '';
  return (
    <div className="state error" role="alert">
      <Icon name="warning" size={32} />
      <h1>{isOutdated ? 'Reprise was updated' : 'This page broke'}</h1>
      <p className="quiet">{isOutdated ? 'Load the page again to get the new version.' : detail}</p>
      <Button icon="refresh" onClick={() => location.reload()}>
        Load again
      </Button>
    </div>
  );
}
