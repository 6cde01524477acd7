"""From a notebook to its graph: cold, after one edit, and in memory; beside marimo."""

from __future__ import annotations

import json
from collections.abc import Iterator

import synthetic
import timing
from row import Bench, Row

AIMS = {100: (0.020, 0.001), 1000: (0.200, 0.005)}
"""Seconds for a cold graph and for one edit."""


def rows(bench: Bench) -> Iterator[Row]:
    warm_up = synthetic.write(bench.scratch / "warm_up.ipynb", synthetic.sources(5))
    for cells, (cold, edit) in AIMS.items():
        sources = synthetic.sources(cells)
        places = [1 + (cells - 2) * k // 20 for k in range(21)]
        data = bench.scratch / f"sources{cells}.json"
        data.write_text(
            json.dumps(
                {
                    "sources": sources,
                    "notebook": str(
                        synthetic.write(bench.scratch / f"synthetic{cells}.ipynb", sources)
                    ),
                    "warm_up": str(warm_up),
                    "edits": [(i, synthetic.edited(sources[i], i)) for i in places],
                    "first": synthetic.edited(sources[0], 1),
                }
            )
        )
        ours = timing.program(
            bench.python, "cellweave_graph.py", data, cwd=bench.scratch, turns=bench.turns
        )
        theirs = {
            name: timing.program(
                bench.peers[name], "marimo_graph.py", data, cwd=bench.scratch, turns=bench.turns
            )
            for name in ("marimo",)
            if name in bench.peers
        }

        def row(
            what: str,
            key: str,
            *,
            aim: float | None = None,
            unit: str = "s",
            ours=ours,
            theirs=theirs,
            cells=cells,
        ) -> Row:
            return Row(
                what=f"{what}, {cells} cells",
                unit=unit,
                ours=ours[key],
                aim=aim,
                peers={name: numbers[key] for name, numbers in theirs.items()},
            )

        yield row("notebook → graph, cold", "cold_s", aim=cold)
        yield row("one edit → new graph", "edit_s", aim=edit)
        yield row("edit of the imports cell", "edit_imports_s")
        yield row("memory of the process with the graph", "peak_bytes", unit="bytes")
