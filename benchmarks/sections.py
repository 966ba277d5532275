"""The sections of the report: each measures one thing and returns it as Markdown, ratios first."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks import peers
from benchmarks.contenders import Contender, Cost, core_to_use, cores, ours, race
from benchmarks.report import table

__all__ = ["short_term", "side_by_side", "stages", "three_hours", "workers"]

WHOLE = "reprise, whole analysis"
FFMPEG, LIBSNDFILE = "bare decoding, FFmpeg", "bare decoding, libsndfile"
ESSENTIA, LIBROSA = "essentia MusicExtractor", "librosa: load, beats, chroma, MFCC"
PYAUDIOANALYSIS, OURS_69 = "pyAudioAnalysis, 69 features", "reprise, 69 features"


def _peer(name: str, task: str, path: Path) -> Contender:
    return Contender(
        name=name,
        task=task,
        arguments={"path": str(path.resolve())},
        module="benchmarks.peer_tasks",
        python=peers.peer_python(),
        core=core_to_use(),
    )


def _pinned(name: str, task: str, path: Path) -> Contender:
    return ours(name, task, path, core_to_use())


def side_by_side(path: Path, title: str, rounds: int, with_peers: bool) -> str:
    """Compare the whole analysis of a file with decoding it and with what the peers make of it."""
    contenders = [
        _pinned(WHOLE, "analyze", path),
        _pinned(FFMPEG, "decode_ffmpeg", path),
        _pinned(LIBSNDFILE, "decode_libsndfile", path),
    ]
    if with_peers:
        contenders += [_peer(ESSENTIA, "essentia", path), _peer(LIBROSA, "librosa", path)]
    costs, absent = race(contenders, rounds)
    return "\n\n".join([f"### {title}, one core", _comparison(WHOLE, costs), *absent.values()])


def short_term(wav: Path, rounds: int, with_peers: bool) -> str:
    """Compare the 69 features of the same 16-bit samples."""
    contenders = [_pinned(OURS_69, "short_term", wav)]
    if with_peers:
        contenders.append(_peer(PYAUDIOANALYSIS, "pyaudioanalysis", wav))
    costs, absent = race(contenders, rounds)
    parts = ["### The 69 features of 30 s, one core", _comparison(OURS_69, costs)]
    if PYAUDIOANALYSIS in costs:
        mine, theirs = (np.array(costs[name].result) for name in (OURS_69, PYAUDIOANALYSIS))
        parts.append(f"Largest relative difference of a value: {np.max(np.abs(mine / theirs - 1)):.1e}.")
    return "\n\n".join([*parts, *absent.values()])


def _comparison(unit: str, costs: dict[str, Cost]) -> str:
    rows = [
        [
            name,
            "1" if name == unit else f"{cost.cpu_s / costs[unit].cpu_s:.3g}",
            f"{1000 * cost.cpu_s:.1f}",
            f"{1000 * cost.wall_s:.1f}",
            f"{cost.fresh_s:.2f}",
            f"{cost.peak_rss_mb:.0f}",
        ]
        for name, cost in costs.items()
    ]
    header = ("", "times ours", "CPU, ms", "clock, ms", "fresh process, s", "peak memory, MB")
    return table(header, rows)


def stages(paths: dict[str, Path], rounds: int) -> str:
    """Show where the time of an analysis goes: the least time of each stage."""
    columns = []
    for path in paths.values():
        contender = _pinned(WHOLE, "stages", path)
        for _ in range(rounds + 1):
            contender.call()
        columns.append({s: min(r[s] for r in contender.results()) for s in contender.results()[0]})
        contender.close()
    totals = [sum(column.values()) for column in columns]
    rows = [
        [
            stage,
            *(
                f"{1000 * c[stage]:.1f} ({c[stage] / total:.0%})"
                for c, total in zip(columns, totals, strict=True)
            ),
        ]
        for stage in columns[0]
    ]
    rows.append(["together", *(f"{1000 * total:.1f}" for total in totals)])
    header = ("stage", *(f"{name}: CPU, ms" for name in paths))
    return "\n\n".join(["### Where the time goes", table(header, rows)])


def workers(paths: list[Path], rounds: int) -> str:
    """Compare N workers with one: files a second once all of them are at work."""
    most = len(cores())
    counts = sorted({1, most, *(2**k for k in range(most.bit_length()) if 2**k <= most)})
    contenders = [
        Contender(
            name=str(jobs),
            task="many",
            # The user's own environment: no thread is limited from outside.
            arguments={"paths": [str(path) for path in paths], "jobs": jobs, "warm_up": len(paths) // 4},
            threads={},
        )
        for jobs in counts
    ]
    for _ in range(rounds):
        for contender in contenders:
            contender.call()
    best = {}
    for contender in contenders:
        results = [answer["result"] for answer in contender.answers]
        best[contender.name] = {key: min(result[key] for result in results) for key in results[0]}
        best[contender.name]["files_per_s"] = max(result["files_per_s"] for result in results)
        contender.close()
    one = best["1"]["files_per_s"]
    rows = [
        [
            jobs,
            f"{b['files_per_s'] / one / int(jobs):.2f}",
            f"{b['files_per_s']:.2f}",
            f"{1000 * b['cpu_s_per_file']:.0f}",
            f"{b['first_s']:.2f}",
            f"{b['all_s']:.1f}",
        ]
        for jobs, b in best.items()
    ]
    header = ("workers N", "rate / (N × one's)", "files a second", "CPU a file, ms", "first result, s")
    columns = (*header, f"all {len(paths)}, s")
    return "\n\n".join([f"### Workers: {len(paths)} files of 30 s", table(columns, rows)])


def three_hours(path: Path) -> str:
    """Analyse one very long file in a fresh process."""
    contender = _pinned(WHOLE, "analyze", path)
    contender.call()
    cost = contender.cost()
    contender.close()
    header = ("", "peak memory, MB", "CPU, s", "clock, s")
    rows = [[f"MP3 of 3 hours, {path.stat().st_size / 1e6:.0f} MB", f"{cost.peak_rss_mb:.0f}"]]
    rows[0] += [f"{cost.cpu_s:.1f}", f"{cost.wall_s:.1f}"]
    return "\n\n".join(["### Three hours, one core", table(header, rows)])
