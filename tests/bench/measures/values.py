"""Values between tasks: what storing and loading cost, beside plain pickle 5 to a synced file."""

from __future__ import annotations

from collections.abc import Iterator

import timing
from row import Bench, Row

KINDS = {"ints": "dict of 1 M ints", "frame": "92 MiB DataFrame"}
RECORDED = {
    ("ints", "save"): {"dill (recorded)": 1.25},
    ("frame", "save"): {"kale (recorded)": 0.022},
    ("frame", "load"): {"kale (recorded)": 0.049},
}
"""Measured once on two cores, without syncing: dill in cellweave's place, Kale 2.3.0."""


def rows(bench: Bench) -> Iterator[Row]:
    for kind, what in KINDS.items():
        took = timing.program(bench.python, "values.py", kind, cwd=bench.scratch, turns=bench.turns)
        for verb in ("save", "load"):
            yield Row(
                what=f"{what}, {verb}",
                unit="s",
                ours=took[f"{verb}_s"],
                peers={"pickle": took[f"pickle_{verb}_s"], **RECORDED.get((kind, verb), {})},
            )
