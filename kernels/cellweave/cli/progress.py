"""A run for people: a live table on a terminal, else a line for each change; then a summary."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from cellweave.app.record import ENDED, GOOD

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

    from cellweave.app.record import Record, TaskRun
    from cellweave.cli.output import Output, Span

LOOKS: dict[str, tuple[str, str, str]] = {
    "idle": ("·", ".", "dim"),
    "queued": ("·", ".", "dim"),
    "waiting": ("…", "~", "yellow"),
    "running": ("▶", ">", "bold blue"),
    "retrying": ("↻", "@", "yellow"),
    "succeeded": ("✓", "+", "green"),
    "cached": ("✓", "+", "green"),
    "skipped": ("○", "o", "dim"),
    "failed": ("✗", "x", "bold red"),
    "cancelled": ("■", "#", "yellow"),
    "timed-out": ("✗", "x", "bold red"),
}
"""For each status its sign, the same in ASCII, and its style; the word always stands beside it."""
REFRESHES_PER_SECOND = 8
TRACEBACK_LINES = 12


class Progress:
    """Shows the record of a run as it changes; `changed` is what `run` calls."""

    def __init__(self, output: Output, *, quiet: bool = False) -> None:
        self._output = output
        self._quiet = quiet
        self._live: Live | None = None
        self._record: Record | None = None
        self._since: dict[str, float] = {}
        self._lock = threading.Lock()
        self._rows = 1

    def __enter__(self) -> Self:
        if not self._quiet and self._output.is_terminal:
            from rich.live import Live

            console = self._output.console()
            self._rows = max(console.size.height - 2, 1)
            self._live = Live(
                console=console,
                get_renderable=self._table,
                refresh_per_second=REFRESHES_PER_SECOND,
                transient=True,
            )
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def changed(self, record: Record, task: str) -> None:
        """Show a change of one task, or of the run where `task` is empty."""
        self._record = record
        if task:
            with self._lock:
                if record.tasks[task].status == "running":
                    self._since.setdefault(task, time.monotonic())
                else:
                    self._since.pop(task, None)
        if not self._quiet and self._live is None and task:
            self._output.lines([self._line(task, record.tasks[task])])

    def _line(self, name: str, entry: TaskRun) -> list[Span]:
        sign, style = look(entry.status, unicode=self._output.has_unicode)
        return [(f"{sign} {name}  {entry.status}{_took(entry)}", style)]

    def _table(self) -> Table:
        from rich.table import Table
        from rich.text import Text

        table: Table = Table(box=None, show_header=False, pad_edge=False)
        if self._record is None:
            return table
        with self._lock:
            since = dict(self._since)
        names = list(self._record.tasks)
        shown = _window(names, since, self._rows)
        for name in shown:
            entry = self._record.tasks[name]
            sign, style = look(entry.status, unicode=self._output.has_unicode)
            seconds: Any = entry.seconds
            if name in since:
                seconds = time.monotonic() - since[name]
            table.add_row(
                Text(sign, style=style),
                Text(name, style="bold"),
                Text(entry.status, style=style),
                Text("" if seconds is None else f"{seconds:.1f} s", style="dim"),
                Text(f"attempt {entry.attempts}" if entry.attempts > 1 else "", style="yellow"),
            )
        if len(shown) < len(names):
            table.add_row("", Text(f"{len(shown)} of {len(names)} tasks", style="dim"))
        return table


def _window(names: list[str], running: Iterable[str], rows: int) -> list[str]:
    """Give the names around the first task that runs, where not all fit."""
    place = min((names.index(name) for name in running), default=0)
    start = max(0, min(place - rows // 2, len(names) - rows))
    return names[start : start + rows]


def look(status: str, *, unicode: bool) -> tuple[str, str]:
    """Give the sign and the style of a status."""
    sign, plain, style = LOOKS[status]
    return (sign if unicode else plain), style


def summary(record: Record, path: str, *, unicode: bool = True) -> Iterator[list[Span]]:
    """Give the lines that end a run: what failed and where, what came out, where it is."""
    for name, entry in record.tasks.items():
        if entry.error is not None and entry.status not in GOOD:
            yield from _error(name, entry, path)
    counts = dict.fromkeys((*sorted(GOOD), *sorted(ENDED - GOOD), "waiting"), 0)
    for entry in record.tasks.values():
        counts[entry.status] = counts.get(entry.status, 0) + 1
    shown = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    sign, style = look(record.status, unicode=unicode)
    yield [(f"{sign} run {record.run} {record.status}", style), (f": {shown}", "")]
    if record.notebook:
        yield [(f"    notebook  {record.notebook}", "")]
    yield [(f"    folder    {record.folder}", "dim")]


def _error(name: str, entry: TaskRun, path: str) -> Iterator[list[Span]]:
    error = entry.error
    if error is None:
        return
    place = ":".join(p for p in (Path(path).name, error.cell, str(error.line or "")) if p)
    what = error.message or error.type
    if error.code == "cell-error" and not what.startswith(error.type):
        what = f"{error.type}: {what}"
    yield [(f"{place} error[{error.code}] task {name}: {what}", "bold red")]
    if error.help:
        yield [(f"  help: {error.help}", "dim")]
    if error.code in ("cell-error", "task-died"):
        for line in error.traceback.splitlines()[-TRACEBACK_LINES:]:
            yield [(f"  | {line}", "dim")]


def _took(entry: TaskRun) -> str:
    if entry.seconds is None or entry.status == "running":
        return ""
    return f" in {entry.seconds:.1f} s"
