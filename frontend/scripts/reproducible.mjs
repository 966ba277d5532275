// Builds the bundle from a copy of the sources in another folder and compares it, byte by byte, with the committed one.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('..', import.meta.url));
const committed = join(here, '../src/reprise/web/static/app');

function digests(folder) {
  const found = new Map();
  const walk = (path) => {
    for (const name of readdirSync(path)) {
      const file = join(path, name);
      if (statSync(file).isDirectory()) walk(file);
      else found.set(relative(folder, file), createHash('sha256').update(readFileSync(file)).digest('hex'));
    }
  };
  walk(folder);
  return found;
}

const place = mkdtempSync(join(tmpdir(), 'reprise-bundle-'));
try {
  const copy = join(place, 'copy');
  cpSync(here, copy, { recursive: true, filter: (path) => !path.includes('node_modules') });
  symlinkSync(join(here, 'node_modules'), join(copy, 'node_modules'));
  const outDir = join(place, 'out');
  execFileSync('npx', ['vite', 'build'], {
    cwd: copy,
    stdio: 'inherit',
    env: { ...process.env, REPRISE_OUT_DIR: outDir },
  });
  const [ours, fresh] = [digests(committed), digests(outDir)];
  const different = [...new Set([...ours.keys(), ...fresh.keys()])].filter(
    (name) => ours.get(name) !== fresh.get(name),
  );
  if (different.length > 0) {
    console.error(
      `The committed bundle is not what the sources make: run "npm run build". Different: ${different.join(', ')}`,
    );
    process.exit(1);
  }
  console.log(`The bundle is what the sources make: ${ours.size} files, the same bytes.`);
} finally {
  rmSync(place, { recursive: true, force: true });
}
