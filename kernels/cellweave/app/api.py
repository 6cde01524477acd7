"""The Python API: what `cellweave.load` gives. It does what the command line does, with objects."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cellweave.app.graph import Graph, load_graph

if TYPE_CHECKING:
    from cellweave.app.record import Record, Status, TaskError
    from cellweave.app.verify import Verification


def load(
    path: str | os.PathLike[str],
    *,
    engine: str | None = None,
    output: str | os.PathLike[str] | None = None,
) -> Workbook:
    """Open the notebook at `path`. Raises `NotebookError` where it cannot be read.

    `engine` (`papermill` or `direct`) and `output` (the folder of a run) hold for its runs.
    """
    workbook = Workbook(Path(path), engine=engine, output=None if output is None else Path(output))
    workbook.graph()
    return workbook


class Workbook:
    """A notebook on disk; it is read again at each call, so it may be edited meanwhile."""

    def __init__(self, path: Path, *, engine: str | None, output: Path | None) -> None:
        self.path = path
        self._engine = engine
        self._output = output

    def __repr__(self) -> str:
        return f"<cellweave notebook {str(self.path)!r}>"

    def graph(self) -> Graph:
        """Give its tasks and edges. Nothing is run."""
        return load_graph(self.path)

    def run(self, **inputs: Any) -> Run:
        """Run it task by task with these parameters; the run may have failed, see `status`."""
        from cellweave.app.run import run

        graph = self.graph()
        return Run(run(graph, inputs=inputs, engine=self._engine, output=self._output))

    def verify(self) -> Verification:
        """Run it plainly, twice, and as a workflow; give what is not the same."""
        from cellweave.app.verify import verify

        return verify(self.graph())

    def build(self, folder: str | os.PathLike[str]) -> Path:
        """Write its bundle and give the folder."""
        from cellweave.app.build import build

        return build(self.graph(), Path(folder))


class Run(Mapping[str, "Result"]):
    """A run that has ended: its tasks by name."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def __repr__(self) -> str:
        return f"<cellweave run {self.id} {self.status}>"

    @property
    def id(self) -> str:
        """What the run is called."""
        return self.record.run

    @property
    def status(self) -> Status:
        """`succeeded`, `failed`, `cancelled`, or `waiting` for something that is not ready."""
        return self.record.status

    @property
    def folder(self) -> Path:
        """Where everything of the run lies."""
        return Path(self.record.folder)

    @property
    def notebook(self) -> Path | None:
        """The merged notebook: the user's own, executed."""
        return None if self.record.notebook is None else Path(self.record.notebook)

    def __getitem__(self, name: str) -> Result:
        if name not in self.record.tasks:
            raise KeyError(name)
        return Result(self, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.record.tasks)

    def __len__(self) -> int:
        return len(self.record.tasks)


class Result:
    """One task of a run."""

    def __init__(self, run: Run, name: str) -> None:
        self._run = run
        self._task = run.record.tasks[name]
        self.name = name

    def __repr__(self) -> str:
        return f"<cellweave task {self.name} {self.status}>"

    @property
    def status(self) -> Status:
        """How the task ended."""
        return self._task.status

    @property
    def seconds(self) -> float | None:
        """Wall clock of all its attempts; None where it never started."""
        return self._task.seconds

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the values that it stored."""
        return self._task.outputs

    @property
    def error(self) -> TaskError | None:
        """Why it did not succeed."""
        return self._task.error

    @property
    def notebook(self) -> Path | None:
        """The executed task notebook."""
        return None if self._task.notebook is None else Path(self._task.notebook)

    def value(self, name: str) -> Any:
        """Load a value that the task stored. Raises `RunError` where it stored none of this name.

        It is unpickled in this process, which is safe for a run of your own only.
        """
        from cellweave.app.stored import stored_value

        return stored_value(self._run.folder, self.name, name)
