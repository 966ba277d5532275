"""While a file is analysed BLAS works on one thread, and afterwards on as many as before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile
from threadpoolctl import threadpool_info

import reprise
from reprise import analysis


def blas_threads() -> set[int]:
    """Return how many threads each loaded BLAS would use."""
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_blas_has_one_thread_during_analyses_and_its_own_number_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "noise.wav"
    soundfile.write(path, 0.1 * np.random.default_rng(0).standard_normal(2 * 16_000), 16_000)
    reprise.analyze(path)
    before, seen, extract = blas_threads(), [], analysis.extract

    def watched(*args: object, **kwargs: object) -> object:
        seen.append(blas_threads())
        return extract(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(analysis, "extract", watched)
    reprise.analyze(path)
    with ThreadPoolExecutor(1) as threads:
        list(threads.map(reprise.analyze, [path] * 2))
    assert seen == [{1}] * 3
    assert blas_threads() == before
