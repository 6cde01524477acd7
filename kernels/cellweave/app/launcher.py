"""How one task is run: the seam between what decides (`run.py`) and what starts processes.

A launcher turns a *job* (a prepared task notebook) into a running process, and reads the
executed notebook that it leaves. A fast engine that forks is one more launcher.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from cellweave.app.record import TaskError


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt at a task. Paths are absolute."""

    task: str
    notebook: Path
    """The task notebook of the bundle, with the inputs of the run in it."""
    executed: Path
    """Where the executed notebook goes, also when the task fails."""
    journal: Path
    log: Path
    """What the process prints; appended to."""
    workdir: Path
    """The folder of the user's notebook."""
    values: Path
    """The folder through which tasks hand values to each other."""
    env: Mapping[str, str]
    """Added to the environment of this process."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How an attempt ended, when nobody stopped it."""

    exit_code: int
    """The exit contract of a task: 0, 20 not ready, 50 never retry, else failed."""
    error: TaskError | None = None


class Running(Protocol):
    """An attempt under way."""

    def wait(self, timeout_s: float) -> Outcome | None:
        """Give the outcome, or None when it still runs after `timeout_s`."""

    def stop(self) -> None:
        """End it with every process it started."""


class Launcher(Protocol):
    """A way to run tasks."""

    name: str

    def require(self) -> None:
        """Raise `UsageError` where this way of running is not installed."""

    def start(self, job: Job) -> Running:
        """Start an attempt."""
