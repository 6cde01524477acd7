"""The papermill notebook of a task: parameters, start, then its steps around the user's own cells.

    parameters   what papermill overrides (`-p`), tagged as papermill wants it
    start        brings in the runtime, and calls `start`
    setup        source that replays identically, as it is
    before       `load`s and `begin` of the next cell
    cell         the user's, with its id, source and metadata
    after        `end`, and `store` of what other tasks take

What cellweave adds is hidden in JupyterLab and says in `metadata.cellweave.role` what it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from cellweave.convert.literals import assignment, kinds
from cellweave.notebook.model import Cell, Notebook
from cellweave.notebook.parameters import Parameter
from cellweave.workflow.model import CellStep, LoadStep, Ref, SetupStep, StoreStep, Task

START = """\
__import__("sys").path.insert(0, cellweave_runtime)
import cellweave_runtime as __cellweave__"""
GIVEN = "__cellweave_given__"
"""Holds the parameters while the parameters cell itself runs, where that is a task."""


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Absolute paths that a task notebook starts from; `-p` overrides each."""

    io: Path
    """Where values are."""
    runtime: Path
    workdir: Path
    """The folder of the notebook, where the user's relative paths point."""


def to_bytes(notebook: Mapping[str, Any]) -> bytes:
    """Write a notebook as Jupyter does: one space, sorted keys, a newline at the end."""
    return (json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def task_notebook(task: Task, notebook: Notebook, places: Places) -> dict[str, Any]:
    """Make the notebook of `task` as nbformat 4.5 data."""
    return _Writer(task, notebook, places).notebook()


class _Writer:
    def __init__(self, task: Task, notebook: Notebook, places: Places) -> None:
        self.task = task
        self.cells = {cell.id: cell for cell in notebook.code_cells}
        self.metadata = notebook.metadata
        self.places = places
        own = notebook.parameters_cell
        self.parameters_cell = own.id if own is not None and own.id in task.cells else ""
        wanted = set(task.parameters)
        self.parameters = [p for p in notebook.parameters if p.name in wanted]
        self.made: list[dict[str, Any]] = []
        self.ids = {cell.id for cell in notebook.cells}
        self.pending: list[str] = []
        self.roles: list[str] = []

    def notebook(self) -> dict[str, Any]:
        self._add("parameters", self._first_cell(), tags=["parameters"])
        self._add("start", self._start())
        setup: list[SetupStep] = []
        for step in self.task.steps:
            if isinstance(step, SetupStep):
                self._flush()
                if setup and not _together(setup[-1], step):
                    self._setup(setup)
                setup.append(step)
                continue
            self._setup(setup)
            match step:
                case LoadStep():
                    self._call("load", _load(step.refs))
                case CellStep():
                    self._cell(step)
                case StoreStep():
                    self._call("store", _store(step))
        self._flush()
        return {
            "cells": self.made,
            "metadata": self._metadata(),
            "nbformat": 4,
            "nbformat_minor": 5,
        }

    def _first_cell(self) -> str:
        lines = [
            # A default that is no literal is evaluated by the parameters cell; `...` asks for that.
            assignment(p) if p.literal else f"{p.name} = ..."
            for p in self.parameters
        ]
        lines += [
            f"cellweave_{key} = {_quoted(str(path))}"
            for key, path in (
                ("io", self.places.io),
                ("runtime", self.places.runtime),
                ("workdir", self.places.workdir),
            )
        ]
        return "\n".join(lines)

    def _start(self) -> str:
        types = {p.name: kinds(p) for p in self.parameters}
        arguments = f"globals(), task={_quoted(self.task.name)}"
        if types := {name: kind for name, kind in types.items() if kind}:
            pairs = ", ".join(f"{_quoted(n)}: {_quoted(k)}" for n, k in types.items())
            arguments += f", types={{{pairs}}}"
        return f"{START}\n__cellweave__.start({arguments})"

    def _cell(self, step: CellStep) -> None:
        if step.cell == self.parameters_cell:
            names = ", ".join(f"{p.name}={p.name}" for p in self.parameters)
            self._call("parameters", f"{GIVEN} = dict({names})")
        self._call("check", _begin(step))
        self._flush()
        self.made.append(_user_cell(self.cells[step.cell], step))
        self._call("check", f"__cellweave__.end({_quoted(step.cell)})")
        if step.cell == self.parameters_cell:
            for parameter in self.parameters:
                self._call("parameters", _restored(parameter))

    def _setup(self, steps: list[SetupStep]) -> None:
        """Write setup that belongs together as one cell, and empty the list."""
        if steps:
            origin = [{"cell": step.cell, "line": step.line} for step in steps]
            self._add("setup", "\n".join(step.source for step in steps), origin=origin)
            steps.clear()

    def _call(self, role: str, code: str) -> None:
        self.roles.append(role)
        self.pending.append(code)

    def _flush(self) -> None:
        """Write the calls between two of the user's cells as one cell."""
        if self.pending:
            role = next((r for r in ("load", "store") if r in self.roles), self.roles[0])
            self._add(role, "\n".join(self.pending))
            self.pending, self.roles = [], []

    def _add(
        self,
        role: str,
        source: str,
        *,
        tags: Sequence[str] = (),
        origin: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        metadata: dict[str, Any] = {
            "cellweave": {"role": role} | ({"from": list(origin)} if origin else {}),
            "jupyter": {"source_hidden": True},
        }
        if tags:
            metadata["tags"] = list(tags)
        self.made.append(_code_cell(self._id(role, source), source, metadata))

    def _id(self, role: str, source: str) -> str:
        """Give an id that no other cell has, and that stays as long as the cell does."""
        base = f"cellweave-{role}-{hashlib.sha256(source.encode()).hexdigest()[:8]}"
        candidate, number = base, 2
        while candidate in self.ids:
            candidate, number = f"{base}-{number}", number + 1
        self.ids.add(candidate)
        return candidate

    def _metadata(self) -> dict[str, Any]:
        """Name the kernel that comes with ipykernel; keep the language's details."""
        language = self.metadata.get("language_info")
        return {
            "cellweave": {"task": self.task.name, "title": self.task.title},
            "kernelspec": {
                "display_name": "Python 3",
                "language": "python",
                "name": "python3",
            },
            "language_info": language if isinstance(language, dict) else {"name": "python"},
        }


def _together(one: SetupStep, other: SetupStep) -> bool:
    """Tell whether two pieces of setup can share a cell; a `%%` magic takes a whole one."""
    return not (_is_cell_magic(one.source) or _is_cell_magic(other.source))


def _is_cell_magic(source: str) -> bool:
    return source.lstrip().startswith("%%")


def _user_cell(cell: Cell, step: CellStep) -> dict[str, Any]:
    own = {key: value for key, value in cell.metadata.items() if key != "cellweave"}
    given = cell.metadata.get("cellweave")
    kept = dict(given) if isinstance(given, dict) else {}
    # papermill must find its parameters in the first cell alone.
    if "parameters" in cell.tags:
        own["tags"] = [tag for tag in cell.tags if tag != "parameters"]
    return _code_cell(cell.id, step.source, {**own, "cellweave": {**kept, "role": "cell"}})


def _code_cell(identity: str, source: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": identity,
        "metadata": dict(metadata),
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }


def _load(refs: Sequence[Ref]) -> str:
    return f"__cellweave__.load([{', '.join(_tuple(r.name, r.task, r.cell) for r in refs)}])"


def _begin(step: CellStep) -> str:
    parts = [_quoted(step.cell)]
    parts += [
        f"{key}={_list(getattr(step, key))}"
        for key in ("writes", "guards", "visible")
        if getattr(step, key)
    ]
    if step.when:
        parts.append(f"when={_quoted(step.when)}")
    return f"__cellweave__.begin({', '.join(parts)})"


def _store(step: StoreStep) -> str:
    parts = [_quoted(step.cell), _list(step.names)]
    if step.hazards:
        parts.append(f"hazards=[{', '.join(_tuple(*pair) for pair in step.hazards)}]")
    return f"__cellweave__.store({', '.join(parts)})"


def _restored(parameter: Parameter) -> str:
    """Give back what the caller chose: papermill's values come after the parameters cell."""
    given = f"{GIVEN}[{_quoted(parameter.name)}]"
    if parameter.literal:
        return f"{parameter.name} = {given}"
    return f"if {given} is not ...: {parameter.name} = {given}"


def _tuple(*texts: str) -> str:
    return f"({', '.join(_quoted(text) for text in texts)})"


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(_quoted(text) for text in texts)}]"


def _quoted(text: str) -> str:
    """Write text as a Python string with double quotes."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\x7f")
