"""A small band: every instrument turns one note into a mono signal.

Struck and plucked strings are sums of decaying partials, bowed strings and synthesisers read a band-limited
wave table, the electric piano and the reed are frequency modulation (Chowning 1973), drums are sine sweeps
and filtered noise. Nothing here is sampled, so nothing needs a licence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

from reprise.records import FloatArray

__all__ = [
    "Instrument",
    "bass",
    "clap",
    "distorted_guitar",
    "electric_piano",
    "hat",
    "kick",
    "open_hat",
    "pad",
    "piano",
    "pluck",
    "reed",
    "reese",
    "reverb",
    "ride",
    "shaker",
    "snare",
    "strings",
    "synth_bass",
    "synth_lead",
]

Instrument = Callable[[float, float, int], FloatArray]
"""``instrument(pitch, duration_s, sample_rate)``; the pitch is a MIDI number, which drums ignore."""

_TABLE_SIZE = 4096
_TRIM = 0.6
"""Full-scale notes leave room for the others."""


def _hz(pitch: float) -> float:
    return float(440.0 * 2.0 ** ((pitch - 69.0) / 12.0))


def _time(duration_s: float, sample_rate: int) -> npt.NDArray[np.float64]:
    return np.arange(max(1, round(duration_s * sample_rate))) / sample_rate


def _shaped(y: npt.ArrayLike, sample_rate: int, attack_s: float, release_s: float) -> FloatArray:
    """Fade a note in and out along half a cosine: no instrument may start or stop with a click."""
    shaped = np.array(y, dtype=np.float32)
    n = shaped.size
    attack, release = (min(n // 2, round(fade_s * sample_rate)) for fade_s in (attack_s, release_s))
    shaped[:attack] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(attack) / max(attack, 1))
    shaped[n - release :] *= 0.5 + 0.5 * np.cos(np.pi * np.arange(1, release + 1) / max(release, 1))
    return shaped


def _partials(
    f_hz: npt.NDArray[np.float64],
    amplitudes: npt.NDArray[np.float64],
    t60_s: npt.NDArray[np.float64],
    n: int,
    sr: int,
) -> FloatArray:
    """Sum sines that die away by 60 dB in `t60_s`; each is the impulse response of a two-pole resonator."""
    impulse = np.zeros(n)
    impulse[0] = 1.0
    y = np.zeros(n)
    for f, amplitude, t60 in zip(f_hz, amplitudes, t60_s, strict=True):
        if f < 0.45 * sr:
            r, w = 10.0 ** (-3.0 / (t60 * sr)), 2.0 * np.pi * f / sr
            y += lfilter([0.0, amplitude * r * np.sin(w)], [1.0, -2.0 * r * np.cos(w), r * r], impulse)
    return y.astype(np.float32)


def _oscillate(f_hz: npt.NDArray[np.float64], amplitudes: npt.NDArray[np.float64], sr: int) -> FloatArray:
    """Read a wave table of harmonics `amplitudes` at the momentary frequency `f_hz`, band-limited."""
    audible = amplitudes[: max(1, int(0.45 * sr / f_hz.max()))]
    spectrum = np.zeros(_TABLE_SIZE // 2 + 1, dtype=complex)
    spectrum[1 : audible.size + 1] = -0.5j * _TABLE_SIZE * audible
    table = np.fft.irfft(spectrum).astype(np.float32)
    phase = np.cumsum(f_hz) * (_TABLE_SIZE / sr)
    return table[phase.astype(np.int64) % _TABLE_SIZE]


def _noise(n: int, seed: int) -> FloatArray:
    return np.random.default_rng(seed).standard_normal(n, dtype=np.float32)


def _filtered(y: FloatArray, kind: str, edges_hz: float | Sequence[float], sr: int) -> FloatArray:
    limit = 0.49 * sr
    edges = np.minimum(
        np.asarray(edges_hz, dtype=float), limit * np.asarray([0.9, 1.0])[-np.size(edges_hz) :]
    )
    sos = butter(2, edges if edges.size > 1 else float(edges.ravel()[0]), kind, fs=sr, output="sos")
    return np.asarray(sosfilt(sos, y), dtype=np.float32)


def _decay(t: npt.NDArray[np.float64], t60_s: float) -> FloatArray:
    return (10.0 ** (-3.0 * t / t60_s)).astype(np.float32)


# Strings, struck, plucked and bowed.


def piano(pitch: float, duration_s: float, sample_rate: int) -> FloatArray:
    """Play a piano note: stiff strings in detuned pairs, a felt hammer, a damper."""
    f0, ring_s = _hz(pitch), 0.25
    n = _time(duration_s + ring_s, sample_rate).size
    k = np.arange(1, 13, dtype=float)
    f = k * f0 * np.sqrt(1.0 + 4e-4 * k**2)
    amplitudes = np.exp(-k * (0.25 + pitch / 300.0)) * np.abs(np.sin(np.pi * k / 7.5))
    t60 = 9.0 * 2.0 ** ((48.0 - pitch) / 20.0) / (1.0 + 0.35 * k)
    y = _partials(
        np.r_[f, f[:5] * 1.0006], np.r_[amplitudes, 0.6 * amplitudes[:5]], np.r_[t60, t60[:5]], n, sample_rate
    )
    hammer = _filtered(_noise(n, 1), "bandpass", (300.0, 2500.0), sample_rate) * _decay(
        np.arange(n) / sample_rate, 0.05
    )
    y = y / np.max(np.abs(y)) + 0.1 * hammer
    return _shaped(_TRIM * y, sample_rate, 0.002, ring_s)


def pluck(pitch: float, duration_s: float, sample_rate: int) -> FloatArray:
    """Pluck a nylon guitar string at a fifth of its length; it rings on for a while."""
    n = _time(duration_s + 0.4, sample_rate).size
    k = np.arange(1, 17, dtype=float)
    f = k * _hz(pitch) * np.sqrt(1.0 + 5e-5 * k**2)
    y = _partials(f, np.sin(np.pi * k / 5.0) / k**1.2, 3.5 / (1.0 + 0.4 * k), n, sample_rate)
    return _shaped(_TRIM * y / np.max(np.abs(y)), sample_rate, 0.001, 0.3)


def bass(pitch: float, duration_s: float, sample_rate: int) -> FloatArray:
    """Pluck a bass string: few partials, a short finger noise."""
    n = _time(duration_s + 0.06, sample_rate).size
    k = np.arange(1, 9, dtype=float)
    y = _partials(k * _hz(pitch), np.exp(-0.55 * k), 2.5 / (1.0 + 0.5 * k), n, sample_rate)
    finger = _filtered(_noise(n, 2), "lowpass", 900.0, sample_rate) * _decay(np.arange(n) / sample_rate, 0.04)
    return _shaped(_TRIM * (y / np.max(np.abs(y)) + 0.08 * finger), sample_rate, 0.004, 0.06)


def strings(pitch: float, duration_s: float, sample_rate: int) -> FloatArray:
    """Bow a section of three players with vibrato, none of them quite in tune."""
    t = _time(duration_s + 0.25, sample_rate)
    k = np.arange(1, 25, dtype=float)
    spectrum = np.exp(-0.12 * k) / k
    y = np.zeros(t.size, dtype=np.float32)
    for player, cents in enumerate((-5.0, 0.0, 6.0)):
        vibrato = 7.0 * np.minimum(t / 0.6, 1.0) * np.sin(2.0 * np.pi * (5.1 + 0.3 * player) * t + player)
        y += _oscillate(_hz(pitch) * 2.0 ** ((cents + vibrato) / 1200.0), spectrum, sample_rate)
    return _shaped(_TRIM * 0.3 * y, sample_rate, 0.12, 0.25)


def distorted_guitar(pitch: float, duration_s: float, sample_rate: int) -> FloatArray:
    """Strike a power chord (root, fifth, octave) through an overdriven amplifier and its cabinet."""
    n = _time(duration_s + 0.05, sample_rate).size
    k = np.arange(1, 17, dtype=float)
    y = np.zeros(n, dtype=np.float32)
    for interval, gain in ((0.0, 1.0), (7.02, 0.8), (12.0, 0.6)):
        f = k * _hz(pitch + interval)
        y += gain * _partials(f, np.sin(np.pi * k / 9.0) / k, 6.0 / (1.0 + 0.15 * k), n, sample_rate)
    driven = np.tanh(9.0 * y / np.max(np.abs(y)))
    cabinet = _filtered(_filtered(driven, "lowpass", 4200.0, sample_rate), "highpass", 80.0, sample_rate)
    return _shaped(_TRIM * cabinet, sample_rate, 0.002, 0.05)


# Keyboards and synthesisers.


def electric_piano(pitch: float, duration_s: float, sample_rate: int) -> FloatArray:
    """Strike a tine: frequency modulation whose index dies away, as a key is struck."""
    t = _time(duration_s + 0.15, sample_rate)
    w = 2.0 * np.pi * _hz(pitch)
    body = np.sin(w * t + 1.4 * _decay(t, 1.2) * np.sin(w * t))
    tine = 0.12 * _decay(t, 0.25) * np.sin(min(14.0, 0.4 * sample_rate / _hz(pitch)) * w * t)
    y = ((body + tine) * _decay(t, 4.0)).astype(np.float32)
    return _shaped(_TRIM * y, sample_rate, 0.003, 0.15)


def reed(pitch: float, duration_s: float, sample_rate: int) -> FloatArray:
    """Blow a reed instrument: frequency modulation, bright at first, breath and a late vibrato."""
    t = _time(duration_s + 0.06, sample_rate)
    vibrato = 0.004 * np.clip((t - 0.25) / 0.3, 0.0, 1.0) * np.sin(2.0 * np.pi * 5.3 * t)
    phase = 2.0 * np.pi * np.cumsum(_hz(pitch) * (1.0 + vibrato)) / sample_rate
    index = 1.1 + 1.2 * _decay(t, 0.4)
    breath = 0.03 * _filtered(_noise(t.size, 3), "bandpass", (800.0, 5000.0), sample_rate)
    y = np.sin(phase + index * np.sin(2.0 * phase)).astype(np.float32) + breath
    return _shaped(_TRIM * 0.8 * y, sample_rate, 0.025, 0.06)


def pad(pitch: float, duration_s: float, sample_rate: int) -> FloatArray:
    """Hold a warm, slowly swelling synthesiser chord tone."""
    t = _time(duration_s + 1.0, sample_rate)
    k = np.arange(1, 13, dtype=float)
    y = np.zeros(t.size, dtype=np.float32)
    for cents, drift_hz in ((-7.0, 0.11), (0.0, 0.17), (8.0, 0.13)):
        f = _hz(pitch) * 2.0 ** ((cents + 2.0 * np.sin(2.0 * np.pi * drift_hz * t)) / 1200.0)
        y += _oscillate(f, np.exp(-0.3 * k) / k, sample_rate)
    return _shaped(_TRIM * 0.35 * y, sample_rate, min(1.2, 0.4 * duration_s), 1.0)


def synth_lead(pitch: float, duration_s: float, sample_rate: int) -> FloatArray:
    """Play two detuned sawtooth waves that close down as the note decays."""
    t = _time(duration_s + 0.1, sample_rate)
    k = np.arange(1, 33, dtype=float)
    bright = sum(_oscillate(np.full(t.size, _hz(pitch + d)), 1.0 / k, sample_rate) for d in (-0.05, 0.05))
    dull = _oscillate(np.full(t.size, _hz(pitch)), np.exp(-0.5 * k), sample_rate)
    y = 0.3 * bright * _decay(t, 0.9) + 0.5 * dull * _decay(t, 2.5)
    return _shaped(_TRIM * np.asarray(y, dtype=np.float32), sample_rate, 0.004, 0.1)


def synth_bass(pitch: float, duration_s: float, sample_rate: int) -> FloatArray:
    """Play a short, round synthesiser bass."""
    t = _time(duration_s + 0.03, sample_rate)
    k = np.arange(1, 13, dtype=float)
    f = np.full(t.size, _hz(pitch))
    y = 0.6 * _oscillate(f, np.exp(-0.8 * k), sample_rate) + 0.25 * _oscillate(
        f, 1.0 / k, sample_rate
    ) * _decay(t, 0.3)
    return _shaped(_TRIM * 1.4 * y, sample_rate, 0.004, 0.03)


def reese(pitch: float, duration_s: float, sample_rate: int) -> FloatArray:
    """Growl: detuned sawtooth waves beating against a pure sub-bass."""
    t = _time(duration_s + 0.05, sample_rate)
    k = np.arange(1, 17, dtype=float)
    f = _hz(pitch)
    saws = sum(_oscillate(np.full(t.size, f * d), np.exp(-0.15 * k) / k, sample_rate) for d in (0.994, 1.006))
    y = 0.25 * np.asarray(saws, dtype=np.float32) + 0.6 * np.sin(2.0 * np.pi * f * t).astype(np.float32)
    return _shaped(_TRIM * y, sample_rate, 0.01, 0.05)


# Drums.


def kick(pitch: float, duration_s: float, sample_rate: int) -> FloatArray:
    """Beat a bass drum: a sine that falls from 180 to 48 Hz, with the click of the beater."""
    t = _time(0.35, sample_rate)
    sweep = np.sin(2.0 * np.pi * np.cumsum(48.0 + 132.0 * np.exp(-t / 0.025)) / sample_rate).astype(
        np.float32
    )
    click = _filtered(_noise(t.size, 4), "highpass", 2000.0, sample_rate) * _decay(t, 0.02)
    return _shaped((sweep * _decay(t, 0.45) + 0.15 * click), sample_rate, 0.0005, 0.05)


def snare(pitch: float, duration_s: float, sample_rate: int) -> FloatArray:
    """Beat a snare drum: two modes of the head and the rattle of the wires."""
    t = _time(0.28, sample_rate)
    head = _partials(
        np.array([185.0, 330.0]), np.array([0.7, 0.4]), np.array([0.2, 0.12]), t.size, sample_rate
    )
    wires = _filtered(_noise(t.size, 5), "bandpass", (1200.0, 9000.0), sample_rate) * _decay(t, 0.3)
    return _shaped((0.8 * head + 0.55 * wires), sample_rate, 0.0005, 0.05)


def clap(pitch: float, duration_s: float, sample_rate: int) -> FloatArray:
    """Clap hands: three bursts 11 ms apart, then the room."""
    t = _time(0.3, sample_rate)
    bursts = sum(
        np.where(t >= d, _decay(np.maximum(t - d, 0.0), r), 0.0)
        for d, r in ((0, 0.03), (0.011, 0.03), (0.022, 0.3))
    )
    y = _filtered(_noise(t.size, 6), "bandpass", (900.0, 3500.0), sample_rate) * np.asarray(
        bursts, dtype=np.float32
    )
    return _shaped(0.9 * y, sample_rate, 0.0005, 0.05)


def hat(pitch: float, duration_s: float, sample_rate: int) -> FloatArray:
    """Tap a closed hi-hat."""
    t = _time(0.09, sample_rate)
    return 0.5 * _filtered(_noise(t.size, 7), "highpass", 7000.0, sample_rate) * _decay(t, 0.09)


def open_hat(pitch: float, duration_s: float, sample_rate: int) -> FloatArray:
    """Tap an open hi-hat."""
    t = _time(0.35, sample_rate)
    y = 0.45 * _filtered(_noise(t.size, 8), "highpass", 6500.0, sample_rate) * _decay(t, 0.5)
    return _shaped(y, sample_rate, 0.001, 0.08)


def shaker(pitch: float, duration_s: float, sample_rate: int) -> FloatArray:
    """Shake a shaker, softly."""
    t = _time(0.1, sample_rate)
    y = 0.4 * _filtered(_noise(t.size, 9), "highpass", 5000.0, sample_rate)
    return _shaped(y, sample_rate, 0.03, 0.06)


def ride(pitch: float, duration_s: float, sample_rate: int) -> FloatArray:
    """Tap a ride cymbal: a crowd of inharmonic modes under a wash of noise."""
    t = _time(0.8, sample_rate)
    modes = np.random.default_rng(10).uniform(2500.0, 11000.0, 24)
    bell = _partials(modes, np.full(24, 0.06), np.full(24, 1.0), t.size, sample_rate)
    stick = 0.35 * _filtered(_noise(t.size, 11), "highpass", 6000.0, sample_rate) * _decay(t, 0.12)
    wash = 0.06 * _filtered(_noise(t.size, 12), "highpass", 7000.0, sample_rate) * _decay(t, 1.2)
    return _shaped((bell + stick + wash), sample_rate, 0.0005, 0.2)


# The room.


def reverb(y: FloatArray, sample_rate: int, t60_s: float) -> FloatArray:
    """Put a stereo signal into a room.

    Parameters
    ----------
    y : float32 array, shape (2, n)
        The signal that is sent to the room.
    sample_rate : int
        In Hz.
    t60_s : float
        Reverberation time, over 0.

    Returns
    -------
    float32 array, shape (2, n)
        The room's answer alone, cut to the length of `y`.
    """
    t = _time(t60_s, sample_rate)
    room = np.stack(
        [_filtered(_noise(t.size, seed), "bandpass", (150.0, 5500.0), sample_rate) for seed in (20, 21)]
    )
    room *= _decay(t, t60_s) * np.minimum(t / 0.012, 1.0).astype(np.float32)
    room /= np.sqrt(np.sum(room**2, axis=-1, keepdims=True))
    return np.asarray(fftconvolve(y, room, axes=-1)[:, : y.shape[-1]], dtype=np.float32)
