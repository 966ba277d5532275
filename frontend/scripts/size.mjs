// Fails if what a visitor loads before opening the map weighs more than 400 kB gzipped:
// every script and style of the bundle, except what only the map's own page brings in.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT = 400_000;
const out = new URL('../../src/reprise/web/static/app/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('manifest.json', out), 'utf8'));
const isMap = (name) => name.startsWith('src/pages/map/');

function filesFrom(names) {
  const files = new Set();
  const seen = new Set();
  const waiting = [...names];
  while (waiting.length > 0) {
    const name = waiting.pop();
    if (seen.has(name) || isMap(name)) continue;
    seen.add(name);
    const chunk = manifest[name];
    files.add(chunk.file);
    for (const css of chunk.css ?? []) files.add(css);
    waiting.push(...(chunk.imports ?? []), ...(chunk.dynamicImports ?? []));
  }
  return files;
}

const entry = Object.keys(manifest).find((name) => manifest[name].isEntry);
const weigh = (file) => gzipSync(readFileSync(new URL(file, out)), { level: 9 }).length;
const rows = [...filesFrom([entry])].map((file) => [file, weigh(file)]).sort((a, b) => b[1] - a[1]);
const total = rows.reduce((sum, [, size]) => sum + size, 0);
for (const [file, size] of rows) console.log(`${String(size).padStart(8)}  ${file}`);
console.log(
  `${String(total).padStart(8)}  bytes gzipped in all before the map is opened; the limit is ${LIMIT}`,
);
if (total > LIMIT) process.exit(1);
