"""What one real notebook comes to: its graph, its run as a workflow, its true dependences.

Works on a copy of the notebook's folder, in the environment of the corpus. Each step is a process
of its own, so that a notebook breaks nothing but itself.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from fetch import place  # noqa: E402 - a script beside this one
from tracing import independent  # noqa: E402

ROOT = HERE.parents[1]
KERNELS = ROOT / "kernels"
LIMIT_S = 900
SMALL = 8
"""Below this many cells the share of the largest task says nothing."""


def examine(entry: dict[str, Any], corpus: Path, python: Path) -> dict[str, Any]:
    """The result for one entry of the manifest; it is JSON, and keeps no path."""
    source = place(corpus, entry["source"])
    with tempfile.TemporaryDirectory(prefix="cellweave-corpus-") as folder:
        book = Path(folder, source.parent.name, source.name)
        _copy(source.parent, book.parent)
        graph = _cellweave(python, book, "graph", "--json")
        cells = _cellweave(python, book, "graph", "--json", "--cells")
        facts = _facts(entry, corpus, source, python, folder)
        verified = _command(python, book, str(HERE / "verifying.py"))
    ids = _code_ids(cells)
    return {
        "id": entry["id"],
        "notebook": f"{entry['source']['name']}: {source.name}",
        **_verdict(entry, verified, ids),
        **_tasks(graph, len(ids)),
        **serialised(cells, graph, facts, ids),
    }


def _cellweave(python: Path, book: Path, command: str, *options: str) -> dict[str, Any]:
    """The JSON that a command of cellweave prints."""
    return _command(python, book, "-m", "cellweave", command, *options)


def _command(python: Path, book: Path, *words: str) -> dict[str, Any]:
    """The JSON that a process prints when asked about `book`, or `{"broken": what it said}`."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "COV_"))}
    env |= {"PYTHONPATH": str(KERNELS), "MPLBACKEND": "agg", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            [str(python), *words, str(book)],
            cwd=book.parent,
            env=env,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        answer: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return {"broken": f"no answer in {LIMIT_S} s"}
    except ValueError:
        return {"broken": (done.stderr or done.stdout).strip()[-2000:], "status": done.returncode}
    return answer


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True, ignore_dangling_symlinks=True)


def _facts(
    entry: dict[str, Any], corpus: Path, source: Path, python: Path, folder: str
) -> dict[str, Any]:
    """What the trace found; kept beside the corpus, under the digest of notebook and tracer."""
    import hashlib

    key = hashlib.sha256((HERE / "tracing.py").read_bytes() + source.read_bytes()).hexdigest()[:16]
    kept = corpus / "facts" / f"{entry['id']}-{key}.json"
    if not kept.exists():
        book = Path(folder, "traced", source.name)
        _copy(source.parent, book.parent)
        done = subprocess.run(
            [str(python), str(HERE / "tracing.py"), str(book)],
            cwd=book.parent,
            env={**os.environ, "PYTHONPATH": str(KERNELS), "MPLBACKEND": "agg"},
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        lines = done.stdout.strip().splitlines()
        if done.returncode or not lines:
            return {"cells": [], "depends": {}, "broken": done.stderr[-1000:]}
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(lines[-1], encoding="utf-8")
    facts: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    return facts


def _code_ids(cells: dict[str, Any]) -> list[str]:
    return [task["cells"][0] for task in cells.get("tasks", ())]


def _verdict(entry: dict[str, Any], verified: dict[str, Any], ids: list[str]) -> dict[str, Any]:
    """`agrees`, `diagnosed` with its cause, `differs` (nothing was said), or `not run`."""
    if "broken" in verified:
        text = str(verified["broken"])
        kind = "diagnosed" if "error[" in text else "not run"
        return {"verdict": kind, "cause": text, "unstable": [], "unstable_outside": []}
    stopped = [d for d in verified["differences"] if d.get("kind") == "stopped"]
    silent = [d for d in verified["differences"] if d.get("kind") != "stopped"]
    unstable = sorted({d["cell"] for d in verified["unstable"]})
    allowed = {ids[n] for n in entry["differing_cells"] if n < len(ids)}
    if verified["result"] == "agrees":
        kind, cause = "agrees", ""
    elif verified["result"] == "failed":
        kind, cause = "not run", _said(stopped)
    elif stopped and all(d["cell"] and d.get("cause") != "cell-error" for d in stopped):
        kind, cause = "diagnosed", _said(stopped)
    else:
        kind, cause = "differs", _said([*stopped, *silent])
    return {
        "verdict": kind,
        "cause": cause,
        "compared": verified.get("compared", 0),
        "unstable": [ids.index(cell) for cell in unstable if cell in ids],
        "unstable_outside": [ids.index(c) for c in unstable if c in ids and c not in allowed],
        "seconds": verified.get("seconds", {}),
    }


def _said(findings: list[dict[str, Any]]) -> str:
    lines = [
        f"cell {d['cell']} {d.get('name', '')}: {d['message']} [{d.get('cause', '')}]"
        for d in findings[:5]
    ]
    return "\n".join(lines)[:3000]


def _tasks(graph: dict[str, Any], cells: int) -> dict[str, Any]:
    """How many tasks, and the share of the largest among the notebook's code cells."""
    tasks = graph.get("tasks", [])
    if not tasks or not cells:
        return {"tasks": 0, "largest": 0.0, "together": ""}
    largest = max(tasks, key=lambda task: len(task["cells"]))
    return {
        "cells": cells,
        "tasks": len(tasks),
        "largest": round(len(largest["cells"]) / cells, 3),
        "together": largest.get("together", ""),
    }


def serialised(
    cells: dict[str, Any], graph: dict[str, Any], facts: dict[str, Any], ids: list[str]
) -> dict[str, Any]:
    """Truly independent pairs of cells, and those that the graphs put in order all the same."""
    position = {name: n for n, name in enumerate(facts["cells"])}
    roles = {task["cells"][0]: task["role"] for task in cells.get("tasks", ())}
    running = {n for n, cell in enumerate(ids) if roles[cell] in ("task", "display")}
    free = [
        (position[a], position[b])
        for a, b in independent(facts)
        if {position[a], position[b]} <= running
    ]
    index = {cell: n for n, cell in enumerate(ids)}
    edges = [(index[e["from"]], index[e["to"]]) for e in cells.get("edges", ())]
    owner = {index[c]: n for n, task in enumerate(graph.get("tasks", ())) for c in task["cells"]}
    names = {task["name"]: n for n, task in enumerate(graph.get("tasks", ()))}
    task_edges = [(names[e["from"]], names[e["to"]]) for e in graph.get("edges", ())]
    by_cell, by_task = _closure(edges), _closure(task_edges)
    serial = [pair for pair in free if pair[1] in by_cell.get(pair[0], ())]
    in_tasks = sum(
        a in owner and b in owner and owner[b] in by_task.get(owner[a], ()) for a, b in free
    )
    return {
        "independent": len(free),
        "serialised": len(serial),
        "serialised_pairs": serial,
        "serialised_between_tasks": in_tasks,
    }


def _closure(edges: list[tuple[int, int]]) -> dict[int, set[int]]:
    """What can be reached from each node."""
    after: dict[int, set[int]] = {}
    for one, two in edges:
        after.setdefault(one, set()).add(two)
    done: dict[int, set[int]] = {}

    def reach(node: int) -> set[int]:
        if node not in done:
            done[node] = set()
            done[node] = set().union(*({n} | reach(n) for n in after.get(node, ())))
        return done[node]

    for node in list(after):
        reach(node)
    return done
