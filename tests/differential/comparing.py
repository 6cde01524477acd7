"""Runs a generated notebook both ways: top to bottom in plain Python, and as a workflow.

Every cell is a named task of its own, so every name crosses processes. The workflow goes through
analysis, conversion and the executor, with values in files, as any run does; tasks are forks of a
lean process.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import types
from pathlib import Path
from typing import Any

import forked
import msgspec
import plain
from cases import ACCIDENTS, notebook, printed

from cellweave.app.graph import Graph
from cellweave.app.run import run
from cellweave.convert.compile import compile_workflow
from cellweave.dataflow import Analysis, source_cells
from cellweave.notebook.reader import parse

GUARD = frozenset({"hidden-mutation", "alias-split"})
"""Failures of a run that stand for something the analysis missed."""


class Both(msgspec.Struct, frozen=True, kw_only=True):
    """How the workflow run of one notebook compares with the plain run."""

    kind: str
    """`agree`, `diagnosed` before the run, `guarded` in the run, or `different`."""
    story: str = ""


def named(sources: tuple[str, ...]) -> list[dict[str, Any]]:
    """The cells of a notebook, each a task `s1`, `s2`, …"""
    return [
        {"id": f"c{n}", "source": f"#| task: s{n}\n{source}"} for n, source in enumerate(sources, 1)
    ]


def plainly(sources: tuple[str, ...]) -> list[str] | None:
    """What each cell prints when all run in one namespace; None where one raises."""
    module = types.ModuleType("__main__")
    texts = []
    for source in sources:
        out = io.StringIO()
        try:
            with contextlib.redirect_stdout(out):
                _cell(source, module.__dict__)
        except Exception:
            return None
        texts.append(plain.normal(out.getvalue()))
    return texts


def _cell(source: str, namespace: dict[str, Any]) -> None:
    """Run a cell and show its last expression, as a notebook does."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), namespace)
    if last is not None:
        value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), namespace)
        if value is not None:
            print(repr(value))


def graph_of(sources: tuple[str, ...], path: Path, *, mutations: bool = True) -> Graph:
    """The compiled workflow, with a switch that makes the analysis blind to mutation."""
    read = parse(json.dumps(notebook(named(sources))).encode(), str(path))
    cells = Analysis(source_cells(read), mutations=mutations).graph()
    compiled = compile_workflow(read, cells)
    found = dict.fromkeys((*read.diagnostics, *cells.diagnostics, *compiled.diagnostics))
    return Graph(
        path=str(path), notebook=read, cells=cells, compiled=compiled, diagnostics=tuple(found)
    )


def compare(
    sources: tuple[str, ...], expected: list[str], folder: Path, *, mutations: bool = True
) -> Both:
    """Run `sources` as a workflow and compare what each task prints with `expected`."""
    return compare_graph(
        graph_of(sources, folder / "book.ipynb", mutations=mutations),
        expected,
        folder,
        engine=forked.installed(forked.LEAN),
    )


def compare_graph(graph: Graph, expected: list[str], folder: Path, *, engine: str) -> Both:
    """Run a compiled notebook on an engine and compare."""
    errors = [d for d in graph.diagnostics if d.severity == "error"]
    if errors:
        named_both = all(d.cell and d.name for d in errors)
        story = "\n".join(f"{d.code} {d.cell} {d.name}: {d.message}" for d in errors)
        return Both(kind="diagnosed" if named_both else "different", story=story)
    record = run(graph, engine=engine, output=folder / "run")
    if record.status != "succeeded":
        found = [entry.error for entry in record.tasks.values() if entry.error is not None]
        story = "\n".join(f"{e.code} {e.cell} {e.name}: {e.message}\n{e.traceback}" for e in found)
        if not found or any(e.code in ACCIDENTS or not (e.cell and e.name) for e in found):
            return Both(kind="different", story=story)
        return Both(
            kind="guarded" if any(e.code in GUARD for e in found) else "diagnosed", story=story
        )
    tasks = {task.name: task for task in graph.workflow.tasks}
    got = [
        plain.normal(
            printed(Path(str(record.tasks[name].notebook)), tasks[name].cells)
            if name in tasks
            else ""
        )
        for name in (f"s{n}" for n in range(1, len(expected) + 1))
    ]
    if got == expected:
        return Both(kind="agree")
    lines = [
        f"s{n}: plain {right!r}, workflow {mine!r}"
        for n, (right, mine) in enumerate(zip(expected, got, strict=True), 1)
        if right != mine
    ]
    return Both(kind="different", story="\n".join(lines))
