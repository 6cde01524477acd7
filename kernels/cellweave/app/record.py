"""The record of a run: what `run.json` holds, and what `run --json` prints of it.

The file is rewritten by rename at every change, so a reader sees a whole record, and a run that was
killed leaves the last one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec

from cellweave._base.files import write_atomic
from cellweave.app.places import RECORD

Status = Literal[
    "idle",
    "queued",
    "waiting",
    "running",
    "retrying",
    "succeeded",
    "cached",
    "skipped",
    "failed",
    "cancelled",
    "timed-out",
]
GOOD: frozenset[Status] = frozenset({"succeeded", "cached"})
ENDED: frozenset[Status] = GOOD | {"skipped", "failed", "cancelled", "timed-out"}


class TaskError(msgspec.Struct, frozen=True, kw_only=True):
    """Why a task did not succeed, in cells and lines of the notebook."""

    type: str
    """The exception's class, or `Timeout` or `Died` where no exception was seen."""
    message: str
    code: str = "cell-error"
    cell: str = ""
    line: int = 0
    name: str = ""
    help: str = ""
    traceback: str = ""
    """As the executed notebook has it, without terminal colours."""


class TaskRun(msgspec.Struct, kw_only=True):
    """One task of a run; `seconds` is the wall clock of all its attempts."""

    status: Status = "queued"
    seconds: float | None = None
    cached: bool = False
    notebook: str | None = None
    """The executed task notebook; None until there is one."""
    outputs: tuple[str, ...] = ()
    error: TaskError | None = None
    attempts: int = 0


class Record(msgspec.Struct, kw_only=True):
    """A run as a whole; times are UTC in ISO 8601."""

    run: str
    status: Status = "queued"
    workflow: str
    version: str
    source: str
    """The notebook that was run."""
    engine: str
    folder: str
    inputs: dict[str, str] = {}
    """Inputs that were given, as Python text."""
    started: str = ""
    ended: str = ""
    notebook: str | None = None
    """The merged notebook."""
    tasks: dict[str, TaskRun] = {}

    def write(self) -> None:
        """Put the record into the folder of the run."""
        data = msgspec.json.format(msgspec.json.encode(self), indent=1)
        write_atomic(Path(self.folder) / RECORD, data + b"\n")

    def to_json(self) -> dict[str, Any]:
        """Give the machine contract of `run --json`, with the details after its keys."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        keys = ("run", "status", "tasks")
        return {k: plain[k] for k in keys} | {k: v for k, v in plain.items() if k not in keys}


def read(folder: Path) -> Record:
    """Read the record of the run in `folder`; raises `OSError` and `msgspec.DecodeError`."""
    return msgspec.json.decode((folder / RECORD).read_bytes(), type=Record)


def overall(tasks: dict[str, TaskRun]) -> Status:
    """Give the status of a run whose tasks have all ended."""
    seen = {task.status for task in tasks.values()}
    for status in ("cancelled", "failed", "timed-out", "waiting"):
        if status in seen:
            return "failed" if status == "timed-out" else status
    return "succeeded"
