"""The peers' virtual environment: made by the benchmark, used by nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

__all__ = ["ENVIRONMENT", "install", "peer_python", "versions"]

ENVIRONMENT = Path(__file__).resolve().parents[1] / ".cache" / "peers"

PEERS: dict[str, tuple[tuple[str, ...], ...]] = {
    "essentia": (("essentia",),),
    "librosa": (("librosa",),),
    # It asks for far more than its features need, but imports these.
    "pyAudioAnalysis": (
        ("matplotlib", "tqdm", "eyed3", "pydub", "hmmlearn", "imbalanced-learn", "plotly"),
        ("--no-deps", "pyAudioAnalysis==0.3.14"),
    ),
}
"""By the name of the peer, what pip is asked for, call by call."""


def peer_python() -> Path:
    """Return the interpreter of the peers' environment."""
    folder = "Scripts" if sys.platform == "win32" else "bin"
    return ENVIRONMENT / folder / "python"


def install() -> dict[str, str]:
    """Install the peers that are missing.

    Returns
    -------
    dict of str to str
        The last words of pip, by the names of the peers that cannot be installed here.
    """
    if not peer_python().exists():
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
    absent: dict[str, str] = {}
    missing = [name for name in PEERS if name not in versions()]
    for name in missing:
        for packages in PEERS[name]:
            command = [str(peer_python()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            done = subprocess.run([*command, *packages], capture_output=True, text=True, check=False)
            if done.returncode:
                absent[name] = (done.stderr.strip().splitlines() or ["pip failed"])[-1]
                break
    return absent


def versions() -> dict[str, str]:
    """Return the versions of the peers that are installed, by name."""
    if not peer_python().exists():
        return {}
    code = (
        "import importlib.metadata as m, sys\n"
        "for name in sys.argv[1:]:\n"
        "    try: print(name, m.version(name))\n"
        "    except m.PackageNotFoundError: pass\n"
    )
    done = subprocess.run(
        [str(peer_python()), "-c", code, *PEERS], capture_output=True, text=True, check=True
    )
    return dict(line.split() for line in done.stdout.splitlines())
