"""A teacher from other songs: timbre statistics of GTZAN tracks whose Spotify features are known.

There is no audio of those 330 tracks here, only statistics that librosa computed. A model from the statistics to the
features, applied to the same statistics of our own clips, carries what it learnt over to them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from reprise.datasets import gtzan
from reprise.errors import MissingDependencyError
from reprise.targets import HEADS, SPOTIFY_FEATURES

__all__ = ["teach", "timbre_statistics"]

SAMPLE_RATE_HZ = 22_050


def timbre_statistics(path: Path) -> npt.NDArray[np.float64]:
    """Compute the 52 statistics of `reprise.datasets.gtzan.COLUMNS` of one clip, as librosa defines them.

    Raises
    ------
    MissingDependencyError
        If librosa is not installed.
    """
    try:
        from librosa import feature, power_to_db, stft
    except ImportError as error:
        raise MissingDependencyError("librosa", "train") from error
    from reprise.audio import load_audio

    y = load_audio(path, sr=SAMPLE_RATE_HZ, mono=True).y
    S = np.abs(stft(y))
    mel = feature.melspectrogram(S=S**2, sr=SAMPLE_RATE_HZ)
    rows = [
        feature.chroma_stft(S=S**2, sr=SAMPLE_RATE_HZ),
        feature.rms(y=y),
        feature.spectral_centroid(S=S, sr=SAMPLE_RATE_HZ),
        feature.spectral_bandwidth(S=S, sr=SAMPLE_RATE_HZ),
        feature.spectral_rolloff(S=S, sr=SAMPLE_RATE_HZ),
        feature.zero_crossing_rate(y),
        *feature.mfcc(S=power_to_db(mel), n_mfcc=20),
    ]
    return np.array([value for row in rows for value in (row.mean(), row.var())], np.float64)


def teach(
    folder: Path, statistics: npt.NDArray[np.float64], excluded_artists: frozenset[str], seed: int = 0
) -> npt.NDArray[np.float64]:
    """Fit the teacher on GTZAN and let it judge clips.

    Parameters
    ----------
    folder : Path
        The data folder.
    statistics : array, shape (n, 52)
        Of the clips to judge.
    excluded_artists : frozenset of str
        Simplified names (lower case, letters and digits only) of artists that the teacher must not know, because the
        clips are by them and the figures would flatter.

    Returns
    -------
    array, shape (n, 7)
        Mean of extremely randomised trees and support vector regression, in the order of `reprise.targets.HEADS`.

    References
    ----------
    .. [1] Geurts, P., Ernst, D. and Wehenkel, L. "Extremely randomized trees." Machine Learning 63, 2006.
    """
    try:
        from sklearn.ensemble import ExtraTreesRegressor
        from sklearn.preprocessing import StandardScaler
        from sklearn.svm import SVR
    except ImportError as error:
        raise MissingDependencyError("scikit-learn", "train") from error
    # With the exact copies: the shipped heads were fitted so, and their figures are of them.
    known = gtzan.load(folder, copies=True)
    simple = ["".join(c for c in artist.lower() if c.isalnum()) for artist in known.artists[known.identified]]
    allowed = np.array([name not in excluded_artists for name in simple])
    taught = known.spotify[known.identified][:, [SPOTIFY_FEATURES.index(name) for name in HEADS]]
    even = _even(known.statistics[known.identified])
    scaler = StandardScaler().fit(even)
    x, judged = scaler.transform(even[allowed]), scaler.transform(_even(statistics))
    columns = []
    for y in taught[allowed].T:
        trees = ExtraTreesRegressor(300, min_samples_leaf=2, max_features=0.3, random_state=seed).fit(x, y)
        machine = SVR(C=0.3, gamma=0.3 / x.shape[1], epsilon=0.05).fit(x, y)
        columns.append((trees.predict(judged) + machine.predict(judged)) / 2)
    return np.stack(columns, axis=1)


def _even(statistics: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Take the logarithm of the variances and of the level, which span decades."""
    even = statistics.copy()
    skewed = [i for i, name in enumerate(gtzan.COLUMNS) if name.endswith("_var") or name == "rms_mean"]
    even[:, skewed] = np.log(even[:, skewed] + 1e-9)
    return even
