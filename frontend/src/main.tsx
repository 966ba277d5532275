import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router/dom';
import { createQueryClient } from '@/api/queries';
import { createRouter } from '@/app/routes';
import '@/lib/theme';
import { PlayerProvider } from '@/player';
import './styles/tokens.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/controls.css';
import './styles/data.css';
import './styles/charts.css';
import './styles/player.css';

const root = document.getElementById('root');
if (root)
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={createQueryClient()}>
        <PlayerProvider>
          <RouterProvider router={createRouter()} />
        </PlayerProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
