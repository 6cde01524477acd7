"""Running notebooks: what a runner adds to the cells' own time, beside papermill."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import synthetic
import timing
from row import Bench, Row


def rows(bench: Bench) -> Iterator[Row]:
    for what, sources in (
        ("trivial 5-cell notebook, run", synthetic.trivial()),
        ("4 tasks, run", synthetic.four_tasks()),
        ("100 cells, run, executed notebook kept", synthetic.sources(100)),
    ):
        path = synthetic.write(bench.scratch / f"run{len(sources)}.ipynb", sources)
        peers = {}
        if "papermill" in bench.peers:
            peers["papermill"] = _papermill(bench, path)
        for engine in ("direct", "papermill"):
            yield Row(
                what=f"{what} (cellweave run --engine {engine})",
                unit="s",
                ours=_cellweave(bench, path, engine),
                peers=peers,
            )


def _cellweave(bench: Bench, path: Path, engine: str) -> float:
    env = os.environ | {"CELLWEAVE_HOME": str(bench.scratch / "home")}
    command = [bench.script("cellweave"), "run", path, "--engine", engine]
    return timing.median_run(bench.turns, command, cwd=bench.scratch, env=env).seconds


def _papermill(bench: Bench, path: Path) -> float:
    command = [bench.script("papermill", "papermill"), "--no-progress-bar", "-k", "python3", path]
    command.append(bench.scratch / "out.ipynb")
    return timing.median_run(bench.turns, command, cwd=bench.scratch).seconds
