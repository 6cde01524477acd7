"""Does a workflow give what the notebook gives? Both are run, and everything is compared.

The notebook runs plainly twice, then as a workflow, all through the same executor, in processes of
their own and with one `PYTHONHASHSEED`. After each cell the runtime writes a digest of every
variable; `compare.py` says what that and the outputs mean.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any, Literal

import msgspec

from cellweave.app.compare import CellTrace, Finding, Trace, compare, shown
from cellweave.app.engines import launcher
from cellweave.app.graph import Graph
from cellweave.app.interrupts import Interrupts
from cellweave.app.plain import PlainRun, outputs_of, run_plainly
from cellweave.app.record import Record
from cellweave.app.run import run
from cellweave.runtime import snapshot

Result = Literal["agrees", "differs", "failed", "cancelled"]
ENGINE = "direct"
_SEED = "0"


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What `verify` found.

    `failed` means that the notebook fails when it is run plainly, so that there is nothing to
    compare with.
    """

    result: Result
    differences: tuple[Finding, ...] = ()
    """What is not as in the plain run, in notebook order; later ones may follow from the first."""
    unstable: tuple[Finding, ...] = ()
    """Outputs on which two plain runs do not agree; they are not compared."""
    unstable_values: tuple[Finding, ...] = ()
    """The same of variables: clocks, random draws without a seed."""
    compared: int = 0
    """How many values and outputs were compared."""
    seconds: dict[str, float] = {}
    """Wall clock of the first plain run and of the workflow."""

    def to_json(self) -> dict[str, Any]:
        """Give it for `verify --json`."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


def verify(graph: Graph) -> Verification:
    """Run the notebook of `graph` both ways and compare.

    Raises `WorkflowError` or `NotebookError` for a notebook with errors; nothing has run then.
    """
    graph.require_runnable()
    with tempfile.TemporaryDirectory(prefix="cellweave-verify-") as name:
        return _Verifier(graph, Path(name)).verify()


class _Verifier:
    def __init__(self, graph: Graph, folder: Path) -> None:
        self.graph = graph
        self.folder = folder
        self.seconds: dict[str, float] = {}

    def verify(self) -> Verification:
        with Interrupts() as interrupts:
            for number in ("1", "2"):
                began = time.monotonic()
                plain = self.plainly(number, interrupts)
                self.seconds.setdefault("plain", round(time.monotonic() - began, 3))
                if plain.outcome is None:
                    return Verification(result="cancelled")
                if plain.outcome.exit_code:
                    return Verification(result="failed", differences=(_stopped_plainly(plain),))
        began = time.monotonic()
        record = run(
            self.graph,
            engine=ENGINE,
            output=self.folder / "workflow",
            env=self.env("workflow"),
            keep=False,
        )
        self.seconds["workflow"] = round(time.monotonic() - began, 3)
        if record.status == "cancelled":
            return Verification(result="cancelled")
        return self.compared(record)

    def compared(self, record: Record) -> Verification:
        """Compare the three runs, once all have ended."""
        found = compare(
            self.trace("1", self.outputs("1")),
            self.trace("2", self.outputs("2")),
            self.trace("workflow", _outputs(record)),
            self.graph.cells,
        )
        stopped = tuple(_stopped(name, record) for name in _failed(record))
        differences = (*stopped, *(self.explained(finding) for finding in found.differences))
        return Verification(
            result="differs" if differences else "agrees",
            differences=differences,
            unstable=tuple(f for f in found.unstable if f.kind == "output"),
            unstable_values=tuple(f for f in found.unstable if f.kind != "output"),
            compared=found.compared,
            seconds=self.seconds,
        )

    def plainly(self, number: str, interrupts: Interrupts) -> PlainRun:
        """Run the notebook plainly for the first or second time."""
        return run_plainly(
            self.graph,
            self.folder / number,
            launcher=launcher(ENGINE),
            env=self.env(number),
            interrupts=interrupts,
        )

    def env(self, which: str) -> dict[str, str]:
        """Give what a run has in its environment, beside what this process has."""
        return {snapshot.VARIABLE: str(self.snapshots(which)), "PYTHONHASHSEED": _SEED}

    def snapshots(self, which: str) -> Path:
        """Give the folder of snapshots of a run."""
        return self.folder / "snapshots" / which

    def outputs(self, number: str) -> dict[str, str]:
        """Give what each cell of a plain run showed."""
        executed = self.folder / number / "executed.ipynb"
        return {cell: shown(outputs) for cell, outputs in outputs_of(executed).items()}

    def trace(self, which: str, outputs: dict[str, str]) -> Trace:
        """Bring together what a run left behind."""
        return Trace(
            cells={
                cell: CellTrace(
                    values={name: entry["digest"] for name, entry in found["names"].items()},
                    shown=outputs.get(cell, ""),
                )
                for cell, found in snapshot.read(self.snapshots(which)).items()
            }
        )

    def explained(self, finding: Finding) -> Finding:
        """Say where the workflow takes a value from that is not the plain run's."""
        if not finding.name:
            return finding
        sources = [
            f"cell {edge.source} ({reason.cause}, line {reason.line})"
            for edge in self.graph.cell_edges()
            if edge.target == finding.cell
            for reason in edge.reasons
            if reason.name == finding.name
        ]
        cause = (
            f"the workflow takes `{finding.name}` from " + ", ".join(dict.fromkeys(sources))
            if sources
            else f"the analysis sees no other cell that the cell takes `{finding.name}` from"
        )
        return msgspec.structs.replace(finding, cause=cause)


def _outputs(record: Record) -> dict[str, str]:
    found: dict[str, str] = {}
    for task in record.tasks.values():
        if task.notebook is not None:
            for cell, outputs in outputs_of(Path(task.notebook)).items():
                found[cell] = shown(outputs)
    return found


def _failed(record: Record) -> list[str]:
    return [name for name, task in record.tasks.items() if task.error is not None]


def _stopped(name: str, record: Record) -> Finding:
    error = record.tasks[name].error
    assert error is not None  # noqa: S101 - `_failed` chose it for that
    return Finding(
        cell=error.cell,
        name=error.name,
        kind="stopped",
        message=f"task `{name}` stopped: {error.message}",
        cause=error.code,
    )


def _stopped_plainly(plain: PlainRun) -> Finding:
    error = plain.outcome.error if plain.outcome is not None else None
    if error is None:
        return Finding(cell="", kind="stopped", message="the plain run failed")
    where = f" (line {error.line})" if error.line else ""
    return Finding(
        cell=error.cell,
        kind="stopped",
        message=f"the notebook fails in a plain run: {error.message}{where}",
        cause=error.code,
    )
