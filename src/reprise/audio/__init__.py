"""Reading audio: any file to float32 blocks and tags, resampled and with its loudness measured."""

from reprise.audio.decode import Audio, AudioStream, excerpt, load_audio, open_audio
from reprise.audio.resample import Resampler

__all__ = ["Audio", "AudioStream", "Resampler", "excerpt", "load_audio", "open_audio"]
