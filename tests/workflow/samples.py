"""A small workflow for the tests of this folder."""

from __future__ import annotations

from typing import Any

import msgspec

from cellweave.workflow.model import (
    CellStep,
    Edge,
    External,
    LoadStep,
    Parameter,
    Reason,
    Ref,
    Resources,
    SetupStep,
    StoreStep,
    Task,
    Workflow,
)


def workflow(**changes: Any) -> Workflow:
    """`load` makes `rows`, `fit` reads them."""
    load = Task(
        name="load",
        title='Load <the> "data"',
        cells=("c1",),
        role="task",
        steps=(
            SetupStep(cell="c0", line=1, source="import os", kind="import"),
            CellStep(cell="c1", source="#| task: load\nrows = [n]", writes=("rows",)),
            StoreStep(cell="c1", names=("rows",)),
        ),
        parameters=("n",),
    )
    fit = Task(
        name="fit",
        title="fit",
        cells=("c2",),
        role="display",
        steps=(
            LoadStep(refs=(Ref(name="rows", task="load", cell="c1"),)),
            CellStep(cell="c2", source="print(rows)"),
        ),
        resources=Resources(memory="8Gi"),
        options={"retries": 2},
    )
    edge = Edge(
        source="load",
        target="fit",
        kind="data",
        names=("rows",),
        reasons=(
            Reason(name="rows", cause="bound", cell="c1", line=2, target_cell="c2", target_line=1),
        ),
    )
    made = Workflow(
        name="sample",
        tasks=(load, fit),
        edges=(edge,),
        parameters=(Parameter(name="n", source="3", type="int", line=1),),
        externals=(External(kind="file", name="data.csv", cell="c1", line=1, task="load"),),
        settings={"split": "auto"},
        tables="t1",
    )
    return msgspec.structs.replace(made, **changes)


def task(made: Workflow, which: str, /, **changes: Any) -> Workflow:
    """Give `made` with one task changed."""
    return msgspec.structs.replace(
        made,
        tasks=tuple(
            msgspec.structs.replace(t, **changes) if t.name == which else t for t in made.tasks
        ),
    )


def renamed_cells(made: Workflow) -> Workflow:
    """Give `made` with other ids for all cells, and nothing else changed."""
    data = msgspec.json.encode(made)
    for number in range(3):
        data = data.replace(f'"c{number}"'.encode(), f'"other-{9 - number}"'.encode())
    return msgspec.json.decode(data, type=Workflow)
