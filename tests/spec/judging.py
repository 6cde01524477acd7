"""Runs one case as a workflow, task by task in processes of their own, and judges it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import forked
import plain
from cases import ACCIDENTS, Case, Verdict, edges_story, notebook, printed, text_of

from cellweave.app.graph import Graph, load_graph
from cellweave.app.run import run
from cellweave.diagnostics.core import Diagnostic


def judge(case: Case, folder: Path) -> Verdict:
    """Edges and values of the case as it stands."""
    graph = _graph(case.cells, folder)
    errors = [d for d in graph.diagnostics if d.severity == "error"]
    if errors:
        return _diagnosed(case, errors)
    edges = edges_story(case, graph.workflow)
    record = run(graph, engine=_engine(case), output=folder / "run")
    if record.status != "succeeded":
        return _failed(case, record, edges)
    tasks = {task.name: task for task in graph.workflow.tasks}
    got = {
        name: plain.normal(printed(Path(str(entry.notebook)), tasks[name].cells))
        for name, entry in record.tasks.items()
    }
    right = {name: plain.normal(text) for name, text in case.stdout.items()}
    if {name: got.get(name, "no such task") for name in right} != right:
        return Verdict(kind="silent", story=f"printed {got}\nexpected {right}\n{edges}")
    return Verdict(kind="wrong edges", story=edges) if edges else Verdict(kind="right")


def judge_inferred(case: Case, folder: Path) -> Verdict:
    """The values when the tasks are inferred: the case without its `task` options."""
    cells = [{**cell, "source": _without_task(cell["source"])} for cell in case.cells]
    graph = _graph(cells, folder)
    errors = [d for d in graph.diagnostics if d.severity == "error"]
    if errors:
        return _diagnosed(case, errors)
    record = run(graph, engine=_engine(case), output=folder / "run")
    if record.status != "succeeded":
        return _failed(case, record, "")
    merged = json.loads(Path(str(record.notebook)).read_bytes())
    got = plain.normal("".join(text_of(cell) for cell in merged["cells"]))
    order = [plain.options(cell["source"]).get("task") for cell in case.cells]
    right = "".join(plain.normal(case.stdout.get(str(t), "")) for t in dict.fromkeys(order))
    if got != right:
        return Verdict(kind="silent", story=f"printed {got!r}, expected {right!r}")
    return Verdict(kind="right")


def _engine(case: Case) -> str:
    """A process that has imported what the case needs forks its tasks; a lean one forks faster."""
    text = " ".join(cell["source"] for cell in case.cells)
    heavy = any(name in text for name in ("numpy", "pandas", "sklearn", "matplotlib", "sqlite"))
    return forked.installed(forked.FULL if heavy else forked.BASE)


def _graph(cells: list[dict[str, Any]], folder: Path) -> Graph:
    path = folder / "case" / "case.ipynb"
    path.parent.mkdir()
    path.write_text(json.dumps(notebook(cells)), encoding="utf-8")
    return load_graph(path)


def _without_task(source: str) -> str:
    lines = source.split("\n")
    return "\n".join(line for line in lines if not line.startswith("#| task:"))


def _diagnosed(case: Case, errors: Iterable[Diagnostic]) -> Verdict:
    story = "\n".join(f"{d.code} {d.cell} {d.name}: {d.message}" for d in errors)
    named = any(d.cell and d.name for d in errors)
    good = named and case.diagnostic_is_right_too
    return Verdict(kind="diagnosed" if good else "diagnosed, not allowed", story=story)


def _failed(case: Case, record: Any, edges: str) -> Verdict:
    errors = [entry.error for entry in record.tasks.values() if entry.error is not None]
    story = "\n".join(f"{e.code} {e.cell} {e.name}: {e.message}" for e in errors)
    if any(e.cell and e.name and e.code not in ACCIDENTS for e in errors):
        kind = "diagnosed" if case.diagnostic_is_right_too else "diagnosed, not allowed"
        return Verdict(kind=kind, story=f"{story}\n{edges}")
    return Verdict(kind="failed", story=f"{story}\n{edges}")
