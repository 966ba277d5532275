"""Print how well tempo, beats and metre are found, beside the peers on the same clips.

    python tools/evaluate_rhythm.py rendered CORPUS_FOLDER [--peers PEERS.json ...]
    python tools/evaluate_rhythm.py clips ../shared/data [--peers PEERS.json ...]

The rendered pieces (tools/render_rhythm_corpus.py, half "held") have exact references. The shared clips have none by
human ears: the reference is Spotify's tempo of the track, on those of the 67 clips where at least one of the peers
agrees with it up to a factor of 2 or 3 (the others are most likely another recording), and the consensus of two peers.
A peers file maps each path to ``{"name": bpm, ...}``; essentia's and librosa's are written by tools/tempo_of_peers.py.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from pathlib import Path

import numpy as np

from prepare_rhythm import bands_of
from reprise.evaluation.rhythm import TempoScores, evaluate_tempo
from reprise.features.onset import FRAME_RATE_HZ, OnsetStrength
from reprise.models.rhythm import estimate_rhythm
from reprise.records import Rhythm


def tempo_scores(reference: list[float], estimated: list[float | None]) -> TempoScores:
    """Compare tempi in beats a minute; a tempo of None is wrong."""
    return evaluate_tempo(reference, [np.nan if bpm is None else bpm for bpm in estimated])


def related(a: float, b: float | None) -> bool:
    return b is not None and tempo_scores([a], [b]).accuracy2 == 1


def listen(paths: list[Path], seconds: float = 1e6) -> dict[str, Rhythm]:
    found, spent = {}, 0.0
    for path in paths:
        onset = OnsetStrength(log_bands=bands_of(path)[:, : int(seconds * FRAME_RATE_HZ)])
        begun = time.perf_counter()
        found[str(path)] = estimate_rhythm(onset)
        spent += time.perf_counter() - begun
    print(f"{len(paths)} files, {1000 * spent / max(1, len(paths)):.0f} ms each for the rhythm")
    return found


def table(title: str, reference: dict[str, float], estimates: dict[str, dict[str, float | None]]) -> None:
    print(f"\n{title} ({len(reference)} clips)")
    if not reference:
        print("  no clip to compare on: without --peers none can be confirmed")
        return
    for name, tempi in estimates.items():
        score = tempo_scores(list(reference.values()), [tempi.get(path) for path in reference])
        print(f"  {name:<20} Acc1 {score.accuracy1:.3f}  Acc2 {score.accuracy2:.3f}")


def calibration(reference: dict[str, float], found: dict[str, Rhythm]) -> None:
    sure = np.array([found[path].tempo_confidence for path in reference])
    right = np.array(
        [tempo_scores([bpm], [found[path].tempo_bpm]).accuracy1 for path, bpm in reference.items()]
    )
    print("  confidence beside the share within 4 %:")
    for low, high in ((0, 0.5), (0.5, 0.7), (0.7, 0.85), (0.85, 0.95), (0.95, 1.01)):
        inside = (sure >= low) & (sure < high)
        if inside.any():
            print(
                f"    {low:.2f}-{min(high, 1):.2f}  n {inside.sum():<4} "
                f"mean {sure[inside].mean():.2f}  right {right[inside].mean():.2f}"
            )


def beat_scores(rows: dict[str, dict], found: dict[str, Rhythm]) -> None:
    import mir_eval

    beats, downs, metre, by_style = [], [], [], {}
    for path, row in rows.items():
        ref = np.array(row["beats_s"])
        down = ref[np.array(row["in_bar"]) == 0]
        rhythm = found[path]
        trim = mir_eval.beat.trim_beats
        f = mir_eval.beat.f_measure(trim(ref), trim(rhythm.beats_s.astype(float)))
        beats.append(f)
        downs.append(mir_eval.beat.f_measure(trim(down), trim(rhythm.downbeats_s.astype(float))))
        metre.append(rhythm.time_signature == row["time_signature"])
        by_style.setdefault(row["style"], []).append(
            (f, downs[-1], metre[-1], tempo_scores([row["bpm"]], [rhythm.tempo_bpm]).accuracy1)
        )
    print(f"  beats F {np.mean(beats):.3f}  downbeats F {np.mean(downs):.3f}  metre {np.mean(metre):.3f}")
    print("  style, n, beats F, downbeats F, metre, Acc1")
    for style, values in sorted(by_style.items()):
        print(f"    {style:<14} {len(values):>3}  " + "  ".join(f"{v:.2f}" for v in np.mean(values, axis=0)))


def rendered(folder: Path, peers: dict[str, dict[str, float]]) -> None:
    rows = {
        str(folder / r["file"]): r
        for r in map(json.loads, (folder / "corpus.jsonl").read_text().splitlines())
    }
    found = listen([Path(path) for path in rows], next(iter(rows.values()))["seconds"])
    reference = {path: row["bpm"] for path, row in rows.items()}
    table("Rendered pieces", reference, estimates_of(found, peers))
    calibration(reference, found)
    beat_scores(rows, found)


def estimates_of(
    found: dict[str, Rhythm], peers: dict[str, dict[str, float]]
) -> dict[str, dict[str, float | None]]:
    columns: dict[str, dict[str, float | None]] = {
        "reprise": {path: r.tempo_bpm for path, r in found.items()}
    }
    for name in sorted(
        {
            name
            for row in peers.values()
            for name, v in row.items()
            if isinstance(v, float) and "conf" not in name
        }
    ):
        columns[name] = {path: row.get(name) for path, row in peers.items()}
    return columns


def clips(folder: Path, peers: dict[str, dict[str, float]], every: int) -> None:
    with (folder / "labels" / "panda.csv").open() as file:
        spotify = {
            str(folder / r["clip"]): float(r["spotify_tempo"])
            for r in csv.DictReader(file)
            if r["spotify_tempo"]
        }
    others = [path for path in peers if path not in spotify][::every]
    found = listen([Path(path) for path in [*spotify, *others]])
    columns = estimates_of(found, peers)
    names = [n for n in ("essentia multifeature", "essentia degara", "librosa") if n in columns]
    kept = {p: bpm for p, bpm in spotify.items() if any(related(bpm, columns[n].get(p)) for n in names)}
    table("Spotify's tempo, all", spotify, columns)
    table("Spotify's tempo, where a peer knows the recording", kept, columns)
    calibration(kept, found)
    agreed = {}
    for path in [*spotify, *others]:
        tempi = [columns[n].get(path) for n in names]
        for i, a in enumerate(tempi):
            if a and any(b and abs(a / b - 1) < 0.04 for b in tempi[i + 1 :]):
                agreed[path] = a
                break
    table("Where two of essentia multifeature, degara and librosa agree", agreed, columns)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=("rendered", "clips"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--peers", type=Path, nargs="*", default=[])
    parser.add_argument(
        "--every", type=int, default=1, help="take only every so manieth clip without a label"
    )
    arguments = parser.parse_args()
    peers: dict[str, dict[str, float]] = {}
    for path in arguments.peers:
        for name, row in json.loads(path.read_text()).items():
            peers.setdefault(name, {}).update(row)
    if arguments.kind == "rendered":
        rendered(arguments.folder, peers)
    else:
        clips(arguments.folder, peers, arguments.every)


if __name__ == "__main__":
    main()
