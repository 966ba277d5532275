// Lets every request to Spotify's Web API and its tokens go to Reprise; load it before the program:
// node --import ./redirect.mjs program.mjs
const base = process.env.REPRISE_URL ?? "http://127.0.0.1:8808";
const original = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  if (!["api.spotify.com", "accounts.spotify.com"].includes(url.host)) return original(input, init);
  const moved = base + url.pathname + url.search;
  return original(input instanceof Request ? new Request(moved, input) : moved, init);
};
