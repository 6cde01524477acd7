"""Two workflows compared."""

from __future__ import annotations

import msgspec

from cellweave.workflow.diff import compare, to_text
from cellweave.workflow.model import CellStep, Edge, Parameter, Resources
from tests.workflow.samples import renamed_cells, task, workflow


def changes(before, after):
    return [(c.what, c.how, c.name) for c in compare(before, after).changes]


def test_the_same_workflow_has_no_changes():
    assert changes(workflow(), workflow()) == []
    assert to_text(compare(workflow(), workflow())) == "the workflows are the same\n"


def test_new_cell_ids_change_nothing():
    assert changes(workflow(), renamed_cells(workflow())) == []


def test_an_edited_cell_and_other_resources():
    after = task(
        workflow(),
        "fit",
        steps=(CellStep(cell="c2", source="print(len(rows))"),),
        resources=Resources(memory="4Gi"),
    )

    difference = compare(workflow(), after)

    assert to_text(difference) == (
        "~ task fit changed\n    cell 1: print(rows) -> print(len(rows))\n    memory: 8Gi -> 4Gi\n"
    )


def test_added_and_removed_tasks_and_edges():
    short = workflow(tasks=workflow().tasks[:1], edges=())

    assert changes(workflow(), short) == [
        ("task", "removed", "fit"),
        ("edge", "removed", "load -> fit (data)"),
    ]
    assert changes(short, workflow()) == [
        ("task", "added", "fit"),
        ("edge", "added", "load -> fit (data)"),
    ]


def test_a_task_with_another_name_and_the_same_cells_is_renamed():
    after = task(workflow(), "load", name="read", title="read")
    after = msgspec.structs.replace(
        after, edges=(msgspec.structs.replace(after.edges[0], source="read"),)
    )

    assert changes(workflow(), after) == [("task", "renamed", "read")]


def test_an_edge_that_carries_other_names():
    edge = Edge(source="load", target="fit", kind="data", names=("rows", "n"), possible=True)

    (change,) = compare(workflow(), workflow(edges=(edge,))).changes

    assert [(d.field, d.before, d.after) for d in change.details] == [
        ("names", "rows", "n, rows"),
        ("possible", "no", "yes"),
    ]


def test_parameters_externals_and_settings():
    after = workflow(
        parameters=(Parameter(name="n", source="4", type="int"),),
        externals=(),
        settings={"split": "cell"},
    )

    assert changes(workflow(), after) == [
        ("parameter", "changed", "n"),
        ("external", "removed", "file data.csv"),
        ("setting", "changed", "split"),
    ]
