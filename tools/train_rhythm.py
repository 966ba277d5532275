"""Train the beat network on rendered and on real music, and write it as ONNX.

    python tools/train_rhythm.py CACHE OUT.onnx --epochs 12

``CACHE`` is a folder with ``tune.npz`` and ``real.npz`` from tools/prepare_rhythm.py: bands, beats and their place in
the bar. The rendered pieces' beats are known; the real clips' beats are those of BeatNet (Heydari, Cwitkowitz and Duan
2021; CC BY 4.0; its model trained without GTZAN) and count by how sure it was. Needs torch and onnx, in an environment
of their own; Reprise itself needs neither.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from reprise.features.onset import FRAME_RATE_HZ
from reprise.models.rhythm_network import network_input

CHANNELS, LAYERS, CROP = 24, 10, 2200
BINS = np.geomspace(30, 300, 120)


class Block(nn.Module):
    """A dilated convolution beside its input, and what it adds."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.wide = nn.Conv1d(channels, channels, 5, padding=2 * dilation, dilation=dilation)
        self.narrow = nn.Conv1d(channels, channels, 1)
        self.drop = nn.Dropout1d(0.1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        y = self.narrow(self.drop(nn.functional.elu(self.wide(x))))
        return x + y, y


class BeatNetwork(nn.Module):
    """Beats, downbeats and tempo from 52 rows at 62.5 frames a second (after Böck and Davies, ISMIR 2020)."""

    def __init__(self) -> None:
        super().__init__()
        self.front = nn.Sequential(
            nn.Conv1d(52, 40, 3, padding=1),
            nn.ELU(),
            nn.Dropout1d(0.1),
            nn.Conv1d(40, CHANNELS, 3, padding=1),
            nn.ELU(),
        )
        self.blocks = nn.ModuleList(Block(CHANNELS, 2**i) for i in range(LAYERS))
        self.beats = nn.Conv1d(CHANNELS, 2, 1)
        self.tempo = nn.Sequential(
            nn.Dropout(0.3), nn.Linear(2 * CHANNELS, 48), nn.ELU(), nn.Linear(48, BINS.size)
        )

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.front(x)
        skips = torch.zeros_like(x)
        for block in self.blocks:
            x, skip = block(x)
            skips = skips + skip
        pooled = torch.cat([skips.mean(dim=2), skips.square().mean(dim=2).sqrt()], dim=1)
        return self.beats(nn.functional.elu(x)), self.tempo(pooled)


class Pieces:
    """Random stretches of the pieces, played a little faster, louder or duller than they were."""

    def __init__(self, path: Path, rng: np.random.Generator) -> None:
        data = dict(np.load(path, allow_pickle=False))
        self.bands, self.offset = data["bands"], data["offset"]
        self.beats, self.in_bar, self.beat_offset = data["beats"], data["in_bar"], data["beat_offset"]
        self.weight, self.held, self.rng = data["weight"], data["held"], rng

    def example(self, i: int, vary: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        rng = self.rng
        bands = self.bands[:, self.offset[i] : self.offset[i + 1]].astype(np.float32)
        beats = self.beats[self.beat_offset[i] : self.beat_offset[i + 1]] * FRAME_RATE_HZ
        down = self.in_bar[self.beat_offset[i] : self.beat_offset[i + 1]] == 0
        rate = float(np.exp(rng.uniform(-0.18, 0.18))) if vary else 1.0
        n = bands.shape[1]
        span = min(n - 1, int(CROP * rate))
        start = int(rng.integers(0, n - span)) if vary else 0
        at = start + np.arange(int(span / rate)) * rate
        low = at.astype(int)
        part = (at - low).astype(np.float32)
        bands = bands[:, low] * (1 - part) + bands[:, np.minimum(low + 1, n - 1)] * part
        if vary:
            slope = np.interp(np.arange(26), np.linspace(0, 25, 5), rng.normal(0, 0.35, 5)) + rng.uniform(
                -1.2, 0.5
            )
            bands = np.log10(1 + (10**bands - 1) * (10 ** slope[:, None].astype(np.float32)))
        x = network_input(bands)
        y = np.zeros((2, x.shape[1]), np.float32)
        place = ((beats - start) / rate - 0.5) / 2
        for row, which in ((0, np.full(down.size, True)), (1, down)):
            frames = np.rint(place[which]).astype(int)
            for shift, value in ((-1, 0.4), (1, 0.4), (0, 1.0)):
                inside = frames + shift
                inside = inside[(inside >= 0) & (inside < y.shape[1])]
                y[row, inside] = np.maximum(y[row, inside], value)
        inside = beats[(beats >= start) & (beats < start + span)]
        tempo = np.zeros(BINS.size, np.float32)
        if inside.size > 3:
            bpm = 60 * FRAME_RATE_HZ / np.median(np.diff(inside)) * rate
            tempo = np.exp(-0.5 * (np.log(BINS / bpm) / 0.02) ** 2).astype(np.float32)
            tempo /= max(float(tempo.sum()), 1e-6)
        size = CROP // 2
        known = np.ones(size, np.float32)
        if x.shape[1] < size:
            known[x.shape[1] :] = 0
            x = np.pad(x, [(0, 0), (0, size - x.shape[1])])
            y = np.pad(y, [(0, 0), (0, size - y.shape[1])])
        return x[:, :size], y[:, :size], tempo, known * self.weight[i]


def batch(sources: list[tuple[Pieces, int]], vary: bool) -> list[torch.Tensor]:
    rows = [pieces.example(i, vary) for pieces, i in sources]
    return [torch.from_numpy(np.stack(column).astype(np.float32)) for column in zip(*rows, strict=True)]


def loss_of(
    model: nn.Module, x: torch.Tensor, y: torch.Tensor, tempo: torch.Tensor, w: torch.Tensor
) -> torch.Tensor:
    logits, tempo_logits = model(x)
    losses = nn.functional.binary_cross_entropy_with_logits(logits, y, reduction="none")
    losses = (losses * torch.tensor([1.0, 0.6])[None, :, None] * w[:, None]).sum() / w.sum()
    log_p = nn.functional.log_softmax(tempo_logits, dim=1)
    return losses - 0.06 * ((tempo * log_p).sum(dim=1) * w.mean(dim=1)).sum() / w.mean(dim=1).sum()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cache", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--minutes", type=float, default=15)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    sets = [Pieces(arguments.cache / f"{name}.npz", rng) for name in ("tune", "real")]
    train = [(s, i) for s in sets for i in range(len(s.weight)) if not s.held[i] and s.weight[i] > 0.05]
    check = [(s, i) for s in sets for i in range(len(s.weight)) if s.held[i] and s.weight[i] > 0.05][::3]
    model = BeatNetwork()
    print(
        sum(p.numel() for p in model.parameters()),
        "weights;",
        len(train),
        "clips;",
        len(check),
        "held out",
        flush=True,
    )
    best = torch.optim.AdamW(model.parameters(), 3e-3, weight_decay=1e-3)
    size, begun = 12, time.time()
    steps = arguments.epochs * (len(train) // size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(best, 6e-3, total_steps=steps + 1, pct_start=0.15)
    for step in range(steps):
        # The schedule follows the clock, so that a slow machine ends with a cooled-down model too.
        share = max(step / steps, (time.time() - begun) / 60 / arguments.minutes)
        if share >= 1:
            break
        while schedule.last_epoch < share * steps:
            schedule.step()
        if step % (len(train) // size) == 0:
            rng.shuffle(train)
        first = step * size % (len(train) - size)
        model.train()
        loss = loss_of(model, *batch(train[first : first + size], True))
        best.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        best.step()
        if step % 100 == 99:
            model.eval()
            with torch.no_grad():
                losses = [
                    float(loss_of(model, *batch(check[k : k + 20], False))) for k in range(0, len(check), 20)
                ]
            print(
                step + 1,
                f"{time.time() - begun:.0f} s",
                f"train {float(loss):.4f} held {np.mean(losses):.4f}",
                flush=True,
            )
            torch.save(model.state_dict(), arguments.out.with_suffix(".pt"))
    model.eval()
    torch.save(model.state_dict(), arguments.out.with_suffix(".pt"))
    export(model, arguments.out)


class Exported(nn.Module):
    """The network with probabilities instead of logits."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        beats, tempo = self.model(x)
        return torch.sigmoid(beats), torch.softmax(tempo, dim=1)


def export(model: nn.Module, path: Path) -> None:
    torch.onnx.export(
        Exported(model).eval(), (torch.zeros(1, 52, 500),), str(path), dynamo=False, opset_version=17,
        input_names=["bands"], output_names=["beats", "tempo"], dynamic_axes={"bands": {2: "t"}, "beats": {2: "t"}},
    )  # fmt: skip


if __name__ == "__main__":
    main()
