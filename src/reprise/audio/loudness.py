"""Loudness of a programme: ITU-R BS.1770-4 and EBU R128, measured block by block.

Channels are expected in the order of WAVE files, of which BS.1770 weighs the surrounds by +1.5 dB and leaves
the low-frequency effects (LFE) out: mono; L R; L R C; L R Ls Rs; L R C Ls Rs; L R C LFE Ls Rs; and, with rear
channels that are not weighted (annex 3), L R C LFE Cs Ls Rs and L R C LFE Lrs Rrs Ls Rs. Of more than eight
channels nothing is known: each counts alike.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view
from scipy.signal import sosfilt

from reprise.audio.true_peak import TruePeak, oversampling_factor
from reprise.errors import ParameterError
from reprise.records import FloatArray, Loudness

__all__ = ["HOPS_PER_SECOND", "LoudnessMeter", "k_weighting", "overall_loudness_db"]

_Float64Array = npt.NDArray[np.float64]

ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
RANGE_GATE_LU = -20.0
RANGE_PERCENTILES = (10.0, 95.0)

HOPS_PER_SECOND = 10
_MOMENTARY_HOPS = 4
_PROGRAMME, _MONO_MIX = 0, 1  # rows of the powers
_SHORT_TERM_HOPS = 30

_OFFSET_DB = -0.691
"""Makes a 997 Hz sine at 0 dBFS in one front channel read -3.01 LUFS."""

OVERALL_OFFSET_DB = 3.9
"""From the gated loudness of the mono mix to Spotify's ``loudness``: the median over 69 tracks, and that over
the artists' means of 570. `tools/fit_loudness.py` prints both, `docs/explanation/loudness.md` explains."""
OVERALL_RANGE_DB = (-60.0, 0.0)

_SURROUND_WEIGHT = 1.41
_UNEVEN_WEIGHTS = {
    4: (1.0, 1.0, _SURROUND_WEIGHT, _SURROUND_WEIGHT),
    5: (1.0, 1.0, 1.0, _SURROUND_WEIGHT, _SURROUND_WEIGHT),
    6: (1.0, 1.0, 1.0, 0.0, _SURROUND_WEIGHT, _SURROUND_WEIGHT),
    7: (1.0, 1.0, 1.0, 0.0, 1.0, _SURROUND_WEIGHT, _SURROUND_WEIGHT),
    8: (1.0, 1.0, 1.0, 0.0, 1.0, 1.0, _SURROUND_WEIGHT, _SURROUND_WEIGHT),
}
"""By the number of channels; all others count each channel alike."""

MIN_SAMPLE_RATE_HZ = 4000
"""The shelf of the K-weighting, at 1.7 kHz, must lie below half the rate."""

_PART_VALUES = 1 << 18
"""Samples that are filtered at once: the temporaries stay in the processor's cache."""

_MAX_SAMPLE = 1e9
"""Far above any sample of audio, far below what overflows when it is squared and filtered."""


def k_weighting(sample_rate: float) -> _Float64Array:
    """Return the K-weighting filter of BS.1770 for any sample rate.

    Parameters
    ----------
    sample_rate : float
        In Hz, at least 4000.

    Returns
    -------
    float64 array, shape (2, 6)
        The high shelf and the high-pass as second-order sections, as `scipy.signal.sosfilt` takes them.

    Raises
    ------
    ParameterError
        If the rate is below 4000 Hz.

    Notes
    -----
    The standard prints coefficients for 48 kHz only. They are the bilinear transforms of two analog
    prototypes: a shelf of 3.9998 dB at 1681.97 Hz with Q 0.7072, and a high-pass at 38.135 Hz with Q 0.5003;
    transforming them at another rate gives the same weighting there. The standard leaves the numerator of the
    high-pass at (1, -2, 1), which makes its gain 1.00499 in the pass band; here it is so at every rate.

    References
    ----------
    ITU-R BS.1770-4 (2015), annex 1.
    B. De Man, "Evaluation of implementations of the EBU R128 loudness measurement", AES Convention 145, 2018.
    """
    if not sample_rate >= MIN_SAMPLE_RATE_HZ:
        raise ParameterError(f"sample_rate must be at least {MIN_SAMPLE_RATE_HZ} Hz, not {sample_rate}")
    return np.stack((_high_shelf(sample_rate), _high_pass(sample_rate)))


def _high_shelf(sample_rate: float) -> _Float64Array:
    k, q = math.tan(math.pi * 1681.974450955533 / sample_rate), 0.7071752369554196
    high = 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    b = (high + band * k / q + k * k, 2 * (k * k - high), high - band * k / q + k * k)
    a = (1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k)
    return np.array((*b, *a)) / a[0]


def _high_pass(sample_rate: float) -> _Float64Array:
    def denominator(rate: float) -> tuple[float, float, float]:
        k, q = math.tan(math.pi * 38.13547087602444 / rate), 0.5003270373238773
        return 1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k

    a, gain = denominator(sample_rate), denominator(48_000)[0]
    return np.array((gain, -2 * gain, gain, *a)) / a[0]


class LoudnessMeter:
    """Measure the loudness of a stream of audio in bounded memory.

    Parameters
    ----------
    sample_rate : int
        In Hz, at least 4000.
    channels : int
        1 or more, in the order that the module's documentation says.

    Raises
    ------
    ParameterError
        If the rate or the number of channels is out of range.

    Notes
    -----
    Only the weighted powers of each 100 ms are kept, of the programme and of its mono mix: twenty numbers a
    second. Gating blocks of 400 ms and windows of 3 s are means of 4 and 30 of them: they overlap by 75 % and
    97 %. An unfinished last 100 ms is left out, as the standard leaves out unfinished blocks.

    References
    ----------
    ITU-R BS.1770-4 (2015). EBU R 128 (2020), Tech 3341 v4, Tech 3342 v4.

    Examples
    --------
    >>> t = np.arange(5 * 48000) / 48000
    >>> meter = LoudnessMeter(48000, channels=1)
    >>> meter.push(np.sin(2 * np.pi * 997 * t, dtype=np.float32)[None])
    >>> round(meter.result().integrated_lufs, 2)
    -3.01
    """

    def __init__(self, sample_rate: int, channels: int) -> None:
        if channels < 1:
            raise ParameterError(f"channels must be at least 1, not {channels}")
        self._filter = k_weighting(sample_rate)
        self._rate, self._channels = sample_rate, channels
        weights = np.array(_UNEVEN_WEIGHTS.get(channels, (1.0,) * channels))
        self._heard = np.flatnonzero(weights)
        self._weights = weights[self._heard]
        self._state = np.zeros((2, len(self._heard), 2))
        self._true_peak = TruePeak(oversampling_factor(sample_rate), channels)
        self._hops: list[_Float64Array] = []
        self._hop_count = self._position = 0
        self._begun = np.zeros(2)  # energies of the 100 ms that have begun

    def push(self, y: FloatArray) -> None:
        """Measure the next block.

        Parameters
        ----------
        y : float32 array, shape (channels, n)
            Samples, full scale at ±1.

        Raises
        ------
        ParameterError
            If the block has another number of channels, or holds what is no sample of audio: NaN, infinite,
            or beyond ±10⁹.
        """
        if y.ndim != 2 or len(y) != self._channels:
            raise ParameterError(f"a block must have the shape ({self._channels}, n), not {y.shape}")
        if not max(y.max(initial=0.0), -y.min(initial=0.0)) <= _MAX_SAMPLE:  # true for NaN too
            raise ParameterError("samples must be finite and within ±10⁹")
        step = max(_PART_VALUES // self._channels, 1)
        for start in range(0, y.shape[1], step):
            part = y[:, start : start + step]
            self._true_peak.push(part)
            self._push_powers(self._weighted_powers(part))

    def result(self) -> Loudness:
        """Return the loudness of everything pushed so far; the stream may go on.

        Returns
        -------
        Loudness
            With ``None`` for what cannot be said: nothing passes a gate, or there was no sound at all.
        """
        peak = self._true_peak.result()
        return Loudness(
            integrated_lufs=_integrated_lufs(self._windows(_PROGRAMME, _MOMENTARY_HOPS)),
            range_lu=_range_lu(self._windows(_PROGRAMME, _SHORT_TERM_HOPS)),
            true_peak_db=20 * math.log10(peak) if peak > 0 else None,
            overall_db=_overall_db(self._windows(_MONO_MIX, _MOMENTARY_HOPS)),
        )

    def short_term_lufs(self) -> FloatArray:
        """Return the loudness of each 3-second window, one every 100 ms.

        Returns
        -------
        float32 array, shape (n,)
            In LUFS, ``-inf`` for silence; empty for less than 3 s.
        """
        return _lufs(self._windows(_PROGRAMME, _SHORT_TERM_HOPS)).astype(np.float32)

    def hop_powers(self) -> FloatArray:
        """Return the power of the K-weighted mono mix in each complete 100 ms, for `overall_loudness_db`.

        Returns
        -------
        float32 array, shape (n,)
        """
        return np.concatenate([np.empty(0), *(block[_MONO_MIX] for block in self._hops)]).astype(np.float32)

    def _weighted_powers(self, y: FloatArray) -> _Float64Array:
        """Return the K-weighted power of each sample, shape (2, n): of the programme and of its mono mix."""
        heard = y if len(self._heard) == self._channels else y[self._heard]
        # In float32 the rounding noise of a 38 Hz pole pair at 192 kHz would be louder than quiet music.
        filtered, self._state = sosfilt(self._filter, heard.astype(np.float64), axis=-1, zi=self._state)
        powers = np.empty((2, y.shape[1]))
        powers[_MONO_MIX] = np.square(filtered.mean(axis=0))
        powers[_PROGRAMME] = self._weights @ np.square(filtered, out=filtered)
        return powers

    def _push_powers(self, powers: _Float64Array) -> None:
        """Add the powers up in hops of 100 ms, whose ends are rounded to whole samples."""
        start = self._position
        self._position += powers.shape[1]
        hop = self._rate / HOPS_PER_SECOND
        ends = np.round(np.arange(self._hop_count + 1, self._position / hop + 1) * hop).astype(np.int64)
        ends = ends[ends <= self._position] - start
        if len(ends):
            sums = np.add.reduceat(powers[:, : ends[-1]], np.concatenate(([0], ends[:-1])), axis=1)
            sums[:, 0] += self._begun
            self._hops.append(sums / hop)
            self._hop_count += len(ends)
            self._begun = np.zeros(2)
            powers = powers[:, ends[-1] :]
        self._begun += powers.sum(axis=1)

    def _windows(self, row: int, hops: int) -> _Float64Array:
        """Return the mean power of each window of so many hops, one starting at every hop."""
        power = np.concatenate([np.empty(0), *(block[row] for block in self._hops)])
        if len(power) < hops:
            return np.empty(0)
        means: _Float64Array = sliding_window_view(power, hops).mean(axis=-1)
        return means


def overall_loudness_db(hop_powers: FloatArray) -> float | None:
    """Return the loudness of a stretch in the meaning of `Loudness.overall_db`.

    Parameters
    ----------
    hop_powers : float32 array, shape (n,)
        A part of what `LoudnessMeter.hop_powers` returns.

    Returns
    -------
    float or None
        -60..0 dB; ``None`` for digital silence or no hop at all.
    """
    hops = min(_MOMENTARY_HOPS, hop_powers.size)
    if not hops:
        return None
    return _overall_db(sliding_window_view(hop_powers.astype(np.float64), hops).mean(axis=-1))


def _integrated_lufs(power: _Float64Array) -> float | None:
    passed = _gate(power, RELATIVE_GATE_LU)
    return float(_lufs(passed.mean())) if len(passed) else None


def _range_lu(power: _Float64Array) -> float | None:
    passed = _gate(power, RANGE_GATE_LU)
    if not len(passed):
        return None
    low, high = np.percentile(_lufs(passed), RANGE_PERCENTILES, method="nearest")
    return float(high - low)


def _overall_db(power: _Float64Array) -> float | None:
    if not power.any():
        return None
    lufs = _integrated_lufs(power)
    # What does not pass the gate at -70 LUFS is below the range's floor.
    low, high = OVERALL_RANGE_DB
    return low if lufs is None else min(max(lufs + OVERALL_OFFSET_DB, low), high)


def _lufs(power: npt.ArrayLike) -> _Float64Array:
    with np.errstate(divide="ignore"):
        lufs: _Float64Array = _OFFSET_DB + 10 * np.log10(power)
    return lufs


def _gate(power: _Float64Array, relative_lu: float) -> _Float64Array:
    """Return the powers above -70 LUFS and above their own mean loudness by more than ``relative_lu``."""
    audible = power[_lufs(power) > ABSOLUTE_GATE_LUFS]
    if not len(audible):
        return audible
    return audible[_lufs(audible) > _lufs(audible.mean()) + relative_lu]
