"""The launcher `forked`: each task in a fork of one process that imported everything before.

`installed()` makes it an engine of `cellweave.app.run` beside the real ones. It waits for the task
at once, which is all that a test needs.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cellweave.app import engines
from cellweave.app.launcher import Job, Outcome
from cellweave.app.outcomes import outcome
from cellweave.convert import lock

ZYGOTE = Path(__file__).with_name("zygote.py")
KERNELS = Path(__file__).resolve().parents[2] / "kernels"
LEAN: tuple[str, ...] = ()
"""For tasks that import nothing; they run without IPython."""
BASE = ("IPython.core.interactiveshell",)
"""For ordinary tasks of the standard library."""
FULL = (
    *BASE,
    "numpy",
    "pandas",
    "matplotlib.pyplot",
    "sklearn.linear_model",
    "sklearn.preprocessing",
    "sqlite3",
)


class Zygote:
    """One process to fork from."""

    def __init__(self, preload: tuple[str, ...]) -> None:
        self.options = [] if preload else ["--plain"]
        self._process = subprocess.Popen(
            [sys.executable, str(ZYGOTE), *preload],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "MPLBACKEND": "agg", "PYTHONPATH": str(KERNELS)},
        )
        atexit.register(self.close)

    def run(self, request: dict[str, Any]) -> int:
        """Run one task to its end; its exit code, negative for a signal."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return int(json.loads(self._process.stdout.readline())["exit"])

    def close(self) -> None:
        """End the process; twice does no harm."""
        assert self._process.stdin
        assert self._process.stdout
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


class Done:
    """A task that has run."""

    def __init__(self, result: Outcome) -> None:
        self._result = result

    def wait(self, timeout_s: float) -> Outcome | None:
        """Give the outcome."""
        del timeout_s
        return self._result

    def stop(self) -> None:
        """It has ended."""


class Forked:
    """A launcher over a zygote."""

    name = "forked"

    def __init__(self, zygote: Zygote) -> None:
        self._zygote = zygote

    def require(self) -> None:
        """It is here."""

    def start(self, job: Job) -> Done:
        """Run the task now."""
        command = [str(job.notebook), str(job.executed), "--journal", str(job.journal)]
        command += self._zygote.options
        code = self._zygote.run(
            {
                "argv": command,
                "cwd": str(job.workdir),
                "env": dict(job.env),
                "log": str(job.log),
            }
        )
        return Done(outcome(job, code))


_locks: dict[tuple[str, ...], str] = {}
_plain_lock = lock.Environment.lock


def _lock(self: lock.Environment, modules: Iterable[str]) -> str:
    """The lock of these modules, worked out once: the environment of a test does not change."""
    key = tuple(sorted(modules))
    if key not in _locks:
        _locks[key] = _plain_lock(self, key)
    return _locks[key]


_zygotes: dict[tuple[str, ...], Zygote] = {}


def installed(preload: tuple[str, ...] = FULL) -> str:
    """Register the engine for this process (once for each set of modules) and give its name."""
    name = f"forked-{len(preload)}"
    if preload not in _zygotes:
        lock.Environment.lock = _lock  # type: ignore[method-assign]
        _zygotes[preload] = zygote = Zygote(preload)
        engines.LAUNCHERS[name] = lambda: Forked(zygote)
    return name
