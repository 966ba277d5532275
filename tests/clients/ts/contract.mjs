// Calls every method of Spotify's SDK that Reprise serves, and prints what came back as JSON.
import { SpotifyApi } from "@spotify/web-api-ts-sdk";

const sdk = SpotifyApi.withClientCredentials("anything", "at all");
const said = {};

const found = await sdk.search("night ferry", ["track", "artist", "album"], undefined, 50);
const ferry = found.tracks.items[0];
said.search = [ferry.name, Object.keys(found).sort()];
const track = await sdk.tracks.get(ferry.id);
said.track = [track.name, track.artists[0].name, track.album.name];
said.tracks = (await sdk.tracks.get([ferry.id])).map((each) => each.name);
const features = await sdk.tracks.audioFeatures(ferry.id);
said.features = [features.id === ferry.id, features.energy, features.tempo];
said.manyFeatures = (await sdk.tracks.audioFeatures([ferry.id, "0".repeat(22)])).map((each) => each && each.tempo);
const analysis = await sdk.tracks.audioAnalysis(ferry.id);
said.analysis = [analysis.track.duration, analysis.beats.length, analysis.segments[0].pitches.length];

const artist = ferry.artists[0].id;
said.artist = (await sdk.artists.get(artist)).name;
said.artists = (await sdk.artists.get([artist])).map((each) => each.name);
said.artistAlbums = (await sdk.artists.albums(artist)).items.map((each) => each.name);
said.topTracks = (await sdk.artists.topTracks(artist, "GB")).tracks.map((each) => each.name);
said.related = (await sdk.artists.relatedArtists(artist)).artists.length;
said.album = (await sdk.albums.get(ferry.album.id)).name;
said.albums = (await sdk.albums.get([ferry.album.id])).map((each) => each.name);
said.albumTracks = (await sdk.albums.tracks(ferry.album.id)).items.map((each) => each.name);

const recommended = await sdk.recommendations.get({ seed_tracks: [ferry.id], limit: 3, target_energy: 0.9 });
said.recommendations = [recommended.tracks.length, recommended.seeds[0].id === ferry.id];
const { genres } = await sdk.recommendations.genreSeeds();
said.genres = genres.length;

const me = await sdk.currentUser.profile();
said.me = me.id;
said.user = (await sdk.users.profile(me.id)).id;
const list = await sdk.playlists.createPlaylist(me.id, { name: "From TypeScript", description: "" });
const uris = [ferry.uri, ...recommended.tracks.map((each) => each.uri)];
await sdk.playlists.addItemsToPlaylist(list.id, uris);
const names = async () => (await sdk.playlists.getPlaylistItems(list.id)).items.map((each) => each.track.uri);
said.added = JSON.stringify(await names()) === JSON.stringify(uris);
await sdk.playlists.movePlaylistItems(list.id, 0, 1, uris.length);
said.moved = (await names()).at(-1) === ferry.uri;
await sdk.playlists.removeItemsFromPlaylist(list.id, { tracks: [{ uri: ferry.uri }] });
said.removed = !(await names()).includes(ferry.uri);
await sdk.playlists.updatePlaylistItems(list.id, { uris: [ferry.uri] });
said.replaced = await names();
await sdk.playlists.changePlaylistDetails(list.id, { name: "Renamed" });
said.renamed = (await sdk.playlists.getPlaylist(list.id)).name;
said.mine = (await sdk.currentUser.playlists.playlists()).items.some((each) => each.id === list.id);
said.theirs = (await sdk.playlists.getUsersPlaylists(me.id)).items.some((each) => each.id === list.id);
await sdk.currentUser.playlists.unfollow(list.id);
said.unfollowed = !(await sdk.currentUser.playlists.playlists()).items.some((each) => each.id === list.id);

try {
  await sdk.tracks.get("0".repeat(22));
} catch (error) {
  said.unknown = error.message;
}
said.ferry = ferry.uri;
console.log(JSON.stringify(said));
