"""The one executor: runs a notebook's code cells in this process, journal first.

Nothing here needs papermill or a kernel. A failing cell ends the run; the cells after it are marked
skipped. The exit contract of a task: 0 success, 20 not ready (`NotReady`), 50 never retry
(`NotRetryable`), 1 failed; a cell tagged `raises-exception` may fail.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import signal
import sys
import threading
import time
import types
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, Callable

from . import errors, session, snapshot
from .capture import Capture
from .journal import Journal, cell_key, read, render
from .shells import IPythonShell, Outcome, PlainShell

_STATUS = {
    errors.SUCCESS: "succeeded",
    errors.NOT_READY: "not-ready",
    errors.NOT_RETRYABLE: "failed",
    errors.FAILED: "failed",
}


def execute(
    notebook: dict[str, Any],
    *,
    journal: Path,
    parameters: Mapping[str, Any] | None = None,
    ipython: bool | None = None,
    on_event: Callable[[dict[str, Any]], None] | None = None,
) -> dict[str, Any]:
    """Run a notebook in this process and return it executed; `journal` is written on the way.

    `parameters` go into a cell after the one tagged `parameters`, as papermill does it. `ipython`
    forces or forbids IPython; by default it is used where it can be imported. `on_event` hears
    every event of the journal. How it ended is in `metadata.cellweave.execution` of the result.
    Errors of cells are not raised.
    """
    notebook = inject(notebook, parameters) if parameters else notebook
    use_ipython = importlib.util.find_spec("IPython") is not None if ipython is None else ipython
    kept_main = sys.modules["__main__"]
    main = types.ModuleType("__main__")
    kept_argv = sys.argv[:]
    record = Journal(journal, on_event)
    session.forget()
    sys.modules["cellweave_runtime"] = sys.modules[__package__ or "cellweave.runtime"]
    try:
        sys.modules["__main__"] = main
        sys.argv[:] = [""]
        shell = (IPythonShell if use_ipython else PlainShell)(main, record)
        try:
            _run(_cells(notebook, shell, record, vars(main)))
        finally:
            shell.close()
    finally:
        record.close()
        sys.modules["__main__"] = kept_main
        sys.argv[:] = kept_argv
    return render(notebook, read(journal))


def _run(cells: Coroutine[Any, Any, None]) -> None:
    """Run to the end, on a thread of its own where this one has an event loop already."""
    if not _in_event_loop():
        asyncio.run(cells)
        return
    failures: list[BaseException] = []

    def target() -> None:
        try:
            asyncio.run(cells)
        except BaseException as error:  # raised again by the caller's thread
            failures.append(error)

    thread = threading.Thread(target=target, name="cellweave-cells")
    thread.start()
    thread.join()
    if failures:
        raise failures[0]


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _cells(
    notebook: dict[str, Any],
    shell: IPythonShell | PlainShell,
    record: Journal,
    namespace: dict[str, Any],
) -> None:
    cells = [
        (cell_key(cell, position), cell)
        for position, cell in enumerate(notebook["cells"])
        if cell["cell_type"] == "code"
    ]
    record.write("run-start", cells=[key for key, _ in cells], pid=os.getpid())
    ended = errors.SUCCESS
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)  # stop the cell, not the loop
    with Capture(lambda name, text: record.write("stream", name=name, text=text)) as capture:
        for key, cell in cells:
            source = _source(cell)
            if ended != errors.SUCCESS:
                record.write("cell-end", cell=key, status="skipped", seconds=0.0)
                continue
            if not source.strip():
                continue
            record.write("cell-start", cell=key, count=shell.count + _PLAIN_OFFSET[type(shell)])
            started = time.monotonic()
            skip = isinstance(shell, PlainShell) and _is_users(cell) and session.take_skip()
            outcome = Outcome() if skip else await shell.run(source, key)
            capture.settle()
            if outcome.error is not None:
                ended = _fail(cell, outcome.error, outcome.shown, record, namespace)
            seconds = round(time.monotonic() - started, 6)
            status = "succeeded" if ended == errors.SUCCESS else "failed"
            record.write("cell-end", cell=key, status=status, seconds=seconds)
            _snapshot(key, namespace)
    record.write("run-end", status=_STATUS[ended], exit=ended)


_PLAIN_OFFSET: dict[type, int] = {PlainShell: 1, IPythonShell: 0}


def _fail(
    cell: dict[str, Any],
    error: BaseException,
    shown: list[str],
    record: Journal,
    namespace: dict[str, Any],
) -> int:
    allowed = "raises-exception" in cell.get("metadata", {}).get("tags", ())
    record.write(
        "error",
        ename=type(error).__name__,
        evalue=str(error),
        traceback=shown,
        line=session.cell_line(error, namespace),
        status=None if allowed else errors.exit_status(error),
    )
    if allowed:
        return errors.SUCCESS
    session.report(error)
    return errors.exit_status(error)


def _snapshot(key: str, namespace: dict[str, Any]) -> None:
    """A plain notebook makes no calls of the runtime, so its snapshots are taken here."""
    folder = os.environ.get(snapshot.VARIABLE)
    if folder and not session.active():
        snapshot.write(Path(folder), key, namespace)


def _is_users(cell: dict[str, Any]) -> bool:
    role = cell.get("metadata", {}).get("cellweave", {}).get("role", "cell")
    return bool(role == "cell")


def _source(cell: dict[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def inject(notebook: dict[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The notebook with a cell of parameters, in the place and with the tag papermill uses."""
    made: dict[str, Any] = json.loads(json.dumps(notebook))
    lines = ["# Parameters", *(f"{name} = {value!r}" for name, value in parameters.items())]
    cell: dict[str, Any] = {
        "id": "injected-parameters",
        "cell_type": "code",
        "execution_count": None,
        "metadata": {"tags": ["injected-parameters"]},
        "outputs": [],
        "source": "\n".join(lines) + "\n",
    }
    place = 0
    for position, known in enumerate(made["cells"]):
        tags = known.get("metadata", {}).get("tags", ())
        if "injected-parameters" in tags:
            made["cells"][position] = cell
            return made
        if "parameters" in tags:
            place = position + 1
    made["cells"].insert(place, cell)
    return made
