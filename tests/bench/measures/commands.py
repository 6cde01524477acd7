"""Whole commands, from the shell's point of view: start-up, imports and all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import synthetic
import timing
from row import Bench, Row

KALE_CONVERT_S = 2.34
"""Kale 2.3.0, four tasks, measured once on two cores; it needs a cluster's client to install."""


def rows(bench: Bench) -> Iterator[Row]:
    cwd, turns = bench.scratch, bench.turns
    nothing = timing.median_run(turns, [bench.python, "-c", "pass"], cwd=cwd)
    imported = timing.median_run(turns, [bench.python, "-c", "import cellweave"], cwd=cwd)
    yield Row(
        what="import cellweave, beyond Python's own start",
        unit="s",
        ours=max(imported.seconds - nothing.seconds, 0.0),
        aim=0.050,
        peers=_imports(bench, nothing.seconds),
    )

    four = synthetic.write(cwd / "four.ipynb", synthetic.four_tasks())
    graph = timing.median_run(turns, [bench.script("cellweave"), "graph", four], cwd=cwd)
    yield Row(
        what="cellweave graph, 4 tasks, whole process", unit="s", ours=graph.seconds, aim=0.25
    )
    yield Row(what="memory of cellweave graph", unit="bytes", ours=graph.peak_bytes)

    hundred = synthetic.write(cwd / "hundred.ipynb", synthetic.sources(100))
    graph = timing.median_run(
        turns, [bench.script("cellweave"), "graph", hundred, "--json"], cwd=cwd
    )
    yield Row(what="cellweave graph --json, 100 cells", unit="s", ours=graph.seconds)

    took = []
    for _ in range(turns):
        shutil.rmtree(cwd / "bundle", ignore_errors=True)
        took.append(
            timing.run([bench.script("cellweave"), "build", four, "-o", cwd / "bundle"], cwd=cwd)
        )
    build = sorted(took)[len(took) // 2]
    yield Row(
        what="cellweave build, 4 tasks, whole process",
        unit="s",
        ours=build.seconds,
        aim=0.7,
        peers={"kale (recorded)": KALE_CONVERT_S},
    )


def _imports(bench: Bench, nothing_s: float) -> dict[str, float]:
    """How long the import of each peer takes, beyond Python's own start."""
    return {
        name: timing.median_run(
            bench.turns, [python, "-c", f"import {name}"], cwd=bench.scratch
        ).seconds
        - nothing_s
        for name, python in bench.peers.items()
    }
