"""What became of an attempt, read from what its process left behind.

In this order: `failure.json`, which the runtime writes, with the exit status that the task meant
(stock papermill ends with 1 whatever the exception); the first error among the outputs of the
executed notebook; the end of the log, when a process just died.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from cellweave.app.launcher import Job, Outcome
from cellweave.app.record import TaskError
from cellweave.runtime.errors import FAILED, SUCCESS
from cellweave.workflow.model import SetupStep, Task

_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LOG_LINES = 15


def outcome(job: Job, exit_code: int) -> Outcome:
    """Give the outcome of an attempt whose process ended with `exit_code`."""
    if exit_code == SUCCESS:
        return Outcome(exit_code=SUCCESS)
    failure = _json(job.values / job.task / "failure.json")
    error = _from_failure(failure) or _from_notebook(job) or _from_log(job, exit_code)
    if exit_code == FAILED and isinstance(failure, dict):
        exit_code = int(failure.get("status") or FAILED)
    return Outcome(exit_code=exit_code, error=error)


def _from_failure(found: Any) -> TaskError | None:
    if not isinstance(found, dict):
        return None
    return TaskError(
        type=str(found.get("kind") or "RuntimeFailure"),
        message=str(found.get("message", "")),
        code=str(found.get("code") or "cell-error"),
        cell=str(found.get("cell", "")),
        line=int(found.get("line") or 0),
        name=str(found.get("name", "")),
        help=str(found.get("help", "")),
        traceback=str(found.get("traceback", "")),
    )


def _from_notebook(job: Job) -> TaskError | None:
    notebook = _json(job.executed)
    if not isinstance(notebook, dict):
        return None
    for cell, output in error_outputs(notebook):
        trace = _COLOURS.sub("", "\n".join(output.get("traceback", ())))
        own = cell.get("metadata", {}).get("cellweave", {})
        return TaskError(
            type=str(output.get("ename", "")),
            message=_COLOURS.sub("", str(output.get("evalue", ""))),
            code="cell-error",
            cell=str(own.get("cell") or cell.get("id", "")),
            line=line_in(trace, cell.get("execution_count")),
            traceback=trace,
        )
    return None


def _from_log(job: Job, exit_code: int) -> TaskError:
    try:
        tail = job.log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:]
    except OSError:
        tail = []
    how = f"by signal {-exit_code}" if exit_code < 0 else f"with exit status {exit_code}"
    last = next((line.strip() for line in reversed(tail) if line.strip()), "")
    return TaskError(
        type="Died",
        message=f"its process ended {how}" + (f": {last}" if last else ""),
        code="task-died",
        help=f"the log is {job.log}",
        traceback=_COLOURS.sub("", "\n".join(tail)),
    )


def located(error: TaskError, task: Task, executed: Path) -> TaskError:
    """Give the error its cell and line where it came from setup, which is sliced into the task.

    import pandas        # cell c1
    import not_there     # cell c2, line 1: line 2 of the hidden cell in the task notebook
    """
    document = _json(executed)
    failed = next(error_outputs(document), None) if isinstance(document, dict) else None
    if error.cell or failed is None:
        return error
    cell, output = failed
    trace = _COLOURS.sub("", "\n".join(output.get("traceback", ())))
    line = line_in(trace, cell.get("execution_count")) or error.line
    sources = {(s.cell, s.line): s.source for s in task.steps if isinstance(s, SetupStep)}
    for origin in cell.get("metadata", {}).get("cellweave", {}).get("from", ()):
        size = sources.get((origin["cell"], origin["line"]), "").count("\n") + 1
        if line <= size:
            return msgspec.structs.replace(
                error, cell=origin["cell"], line=origin["line"] + max(line - 1, 0)
            )
        line -= size
    return error


def error_outputs(notebook: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Give (cell, output) for each error among the outputs of an executed notebook."""
    for cell in notebook.get("cells", ()):
        if "raises-exception" in cell.get("metadata", {}).get("tags", ()):
            continue
        for output in cell.get("outputs", ()):
            if output.get("output_type") == "error":
                yield cell, output


def line_in(traceback: str, execution_count: int | None) -> int:
    """Give the line of the cell that a traceback comes from, or 0.

    IPython writes `Cell In[3], line 2`; the last such frame of the cell itself is the place.
    """
    number = r"\d+" if execution_count is None else str(execution_count)
    frames = re.findall(rf"(?:Cell|Input) In ?\[{number}\][^\n]*?line:? (\d+)", traceback)
    return int(frames[-1]) if frames else 0


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
