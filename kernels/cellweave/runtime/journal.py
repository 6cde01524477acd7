"""The journal of an execution: one JSON line for each thing that happened, and the notebook of it.

The journal is the truth; an executed notebook is `render(notebook, events)`, at the end of a run,
while it runs, or after the process died. Events, each with `event` and `time` (seconds, UTC):

    run-start     notebook cells in order: `cells` (ids)
    cell-start    `cell`, `count` (the execution count)
    stream        `name` (stdout or stderr), `text`
    display       `data`, `metadata`, `id` (a display id, may be empty)
    update        as display: replaces what was displayed under `id`, in any cell
    clear         `wait`: forget the cell's outputs, when `wait` with the next output
    result        `data`, `metadata`, `count`
    error         `ename`, `evalue`, `traceback` (lines), `line` (in the cell), `status`
    cell-end      `cell`, `status` (succeeded, failed, skipped), `seconds`
    run-end       `status`, `exit`
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Callable

_SYNCED = frozenset({"cell-end", "run-end"})


class Journal:
    """Appends events to a file; each is with the operating system when `write` returns."""

    def __init__(
        self, path: Path, on_event: Callable[[dict[str, Any]], None] | None = None
    ) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab")
        self._lock = threading.RLock()
        self._on_event = on_event

    def write(self, event: str, **fields: Any) -> None:
        """Append one event."""
        record = {"event": event, "time": round(time.time(), 6), **fields}
        line = json.dumps(record, default=str).encode("ascii", "backslashreplace") + b"\n"
        with self._lock:
            if self._file.closed:
                return
            self._file.write(line)
            self._file.flush()
            if event in _SYNCED:
                os.fsync(self._file.fileno())
            if self._on_event is not None:
                self._on_event(record)

    def close(self) -> None:
        """End the journal; what is written later, by a forgotten thread, is dropped."""
        with self._lock:
            self._file.close()


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The events of a journal; a last line that was cut off by a crash is left out."""
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                return
            yield json.loads(line)


def render(notebook: dict[str, Any], events: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The notebook with the outputs that the journal tells of; `notebook` is left alone.

    Each code cell gets `metadata.cellweave.status`; the notebook's metadata gets
    `cellweave.execution` with the status, the exit status and the error, if any.
    """
    executed: dict[str, Any] = json.loads(json.dumps(notebook))
    cells = {}
    for position, cell in enumerate(executed["cells"]):
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
            cells[cell_key(cell, position)] = cell
            _mark(cell, "idle")
    state = _Rendering(cells)
    for event in events:
        state.take(event)
    execution = executed.setdefault("metadata", {}).setdefault("cellweave", {})
    execution["execution"] = state.summary()
    return executed


def cell_key(cell: dict[str, Any], position: int) -> str:
    """A cell's id, or its place where the notebook is too old to have ids."""
    return str(cell.get("id") or f"cell-{position}")


def _mark(cell: dict[str, Any], status: str, **more: Any) -> None:
    cell.setdefault("metadata", {}).setdefault("cellweave", {}).update(status=status, **more)


class _Rendering:
    def __init__(self, cells: dict[str, Any]) -> None:
        self.cells = cells
        self.cell: dict[str, Any] | None = None
        self.clear_first = False
        self.displays: dict[str, list[dict[str, Any]]] = {}
        self.result: dict[str, Any] = {"status": "running", "exit": None, "error": None}

    def summary(self) -> dict[str, Any]:
        """How the run ended; `lost` when the journal just stops inside a cell."""
        if self.result["status"] == "running" and self.cell is not None:
            self.result["status"] = "lost"
        return self.result

    def take(self, event: dict[str, Any]) -> None:
        kind = event["event"]
        if kind == "cell-start":
            self.cell = self.cells.get(event["cell"])
            if self.cell is not None:
                self.cell["execution_count"] = event["count"]
                _mark(self.cell, "running")
        elif kind == "cell-end":
            ended = self.cells.get(event["cell"])
            if ended is not None:
                _mark(ended, event["status"], seconds=event["seconds"])
            self.cell, self.clear_first = None, False
        elif kind == "run-end":
            self.result.update(status=event["status"], exit=event["exit"])
        elif kind == "update":
            for output in self.displays.get(event["id"], []):
                output.update(data=event["data"], metadata=event["metadata"])
        elif self.cell is not None:
            self.output(kind, event, self.cell["outputs"])

    def output(self, kind: str, event: dict[str, Any], outputs: list[dict[str, Any]]) -> None:
        if kind == "clear":
            self.clear_first = bool(event["wait"])
            if not self.clear_first:
                outputs.clear()
            return
        if self.clear_first:
            outputs.clear()
            self.clear_first = False
        if kind == "stream":
            last = outputs[-1] if outputs else {}
            if last.get("output_type") == "stream" and last["name"] == event["name"]:
                last["text"] += event["text"]
            else:
                outputs.append(
                    {"output_type": "stream", "name": event["name"], "text": event["text"]}
                )
        elif kind in {"display", "result"}:
            made = {"data": event["data"], "metadata": event["metadata"]}
            if kind == "display":
                made = {"output_type": "display_data", **made}
            else:
                made = {
                    "output_type": "execute_result",
                    "execution_count": event["count"],
                    **made,
                }
            outputs.append(made)
            if event.get("id"):
                self.displays.setdefault(event["id"], []).append(made)
        elif kind == "error":
            fields = {key: event[key] for key in ("ename", "evalue", "traceback")}
            outputs.append({"output_type": "error", **fields})
            if event.get("status") is not None:
                self.result["error"] = {
                    "ename": event["ename"],
                    "evalue": event["evalue"],
                    "cell": next(key for key, cell in self.cells.items() if cell is self.cell),
                    "line": event["line"],
                }
