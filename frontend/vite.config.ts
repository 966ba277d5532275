import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Where the bundle goes: into the Python package, so that nobody needs Node to run Reprise.
// The check for reproducible builds sets another place.
const outDir = process.env.REPRISE_OUT_DIR ?? here('../src/reprise/web/static/app');

export default defineConfig(({ command }) => ({
  base: command === 'build' ? '/static/app/' : '/',
  plugins: [react()],
  resolve: { alias: { '@': here('./src') } },
  server: {
    port: 5173,
    proxy: {
      '/api': {
        target: process.env.REPRISE_API ?? 'http://127.0.0.1:8808',
        // The server answers programs without an Origin of its own as it answers its own pages.
        changeOrigin: true,
        headers: { origin: process.env.REPRISE_API ?? 'http://127.0.0.1:8808' },
      },
    },
  },
  build: {
    outDir,
    emptyOutDir: true,
    manifest: 'manifest.json',
    // The first browsers with light-dark(): lowered for older ones, .on-dark would not work.
    target: ['chrome123', 'firefox121', 'safari17.5'],
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
    assetsDir: 'assets',
    // Everything is a file of its own: the pages' security policy allows no inline script or style.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
    rollupOptions: { input: here('./src/main.tsx') },
  },
  test: {
    environment: 'happy-dom',
    globals: false,
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: [here('./src/test-setup.ts')],
  },
}));
