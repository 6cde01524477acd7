"""Fetches the notebooks and makes the environment they run in, once, whoever asks first.

The whole corpus has an environment of its own (`.venvs/corpus`); the few notebooks marked `quick`
run in a smaller one, unless the large one is there.
"""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CORPUS = ROOT / ".corpus"


@contextmanager
def alone() -> Iterator[None]:
    """One process at a time."""
    CORPUS.mkdir(exist_ok=True)
    with (CORPUS / "lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def environment(*, quick: bool) -> Path:
    """The Python of the environment, made or brought up to date."""
    whole = ROOT / ".venvs" / "corpus"
    small = quick and not (whole / "made").exists()
    folder = ROOT / ".venvs" / "corpus-quick" if small else whole
    locks = [HERE / ("requirements-quick.lock" if small else "requirements.lock")]
    locks.append(HERE / "requirements-cellweave.lock")
    key = hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()
    made = folder / "made"
    if not made.exists() or made.read_text() != key:
        arguments = [word for lock in locks for word in ("-r", str(lock))]
        subprocess.run([ROOT / ".ci" / "setup", folder, "--no-deps", *arguments], check=True)
        made.write_text(key)
    return folder / "bin" / "python"


def notebooks(entries: list[dict[str, Any]]) -> list[str]:
    """Fetch those that are not there; gives a line for each that cannot be had."""
    sys.path.insert(0, str(HERE))
    from fetch import fetch

    return fetch(entries, CORPUS)
