/** The shapes of the API under short names; all of them are generated from the backend's OpenAPI file. */
import type { components } from './schema';

type Schemas = components['schemas'];

export type TrackSummary = Schemas['TrackSummary'];
export type TrackDetail = Schemas['TrackDetail'];
export type FeatureValue = Schemas['FeatureValue'];
export type Interval = Schemas['Interval'];
export type Scored = Schemas['Scored'];
export type TempoCandidate = Schemas['TempoCandidate'];
export type Mood = Schemas['Mood'];
export type Events = Schemas['Events'];
export type Section = Schemas['Section'];
export type Waveform = Schemas['Waveform'];
export type PictureInfo = Schemas['PictureInfo'];
export type Suggestion = Schemas['Suggestion'];
export type OnlineSuggestion = Schemas['OnlineSuggestion'];
export type Session = Schemas['SessionOut'];
export type User = Schemas['UserOut'];
export type Status = Schemas['StatusOut'];
export type Job = Schemas['JobOut'];
export type JobEvent = Schemas['JobEvent'];
export type Distribution = Schemas['Distribution'];
export type Cluster = Schemas['ClusterOut'];
export type MapPoints = Schemas['MapPoints'];
export type Playlist = Schemas['PlaylistOut'];
export type Curve = Schemas['Curve'];
export type Problem = Schemas['Problem'];
