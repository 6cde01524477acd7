"""The invariants of a workflow."""

from __future__ import annotations

import msgspec
import pytest

from cellweave.workflow.model import CellStep, Edge, LoadStep, Ref, StoreStep
from cellweave.workflow.validate import is_label, problems
from tests.workflow.samples import task, workflow


def codes(made):
    return [problem.code for problem in problems(made)]


def edge(source, target):
    return Edge(source=source, target=target, kind="order", names=())


def test_a_sound_workflow_has_no_problems():
    assert codes(workflow()) == []


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (task(workflow(), "fit", name="Fit it"), "not-a-label"),
        (task(workflow(), "fit", name="load"), "two-tasks-one-name"),
        (task(workflow(), "fit", cells=(), steps=()), "empty-task"),
        (task(workflow(), "fit", cells=("c3",)), "steps-differ"),
        (workflow(parameters=()), "unknown-parameter"),
        (workflow(edges=(edge("load", "nowhere"),)), "edge-to-nowhere"),
        (workflow(edges=(edge("load", "load"),)), "edge-to-itself"),
        (workflow(edges=(edge("load", "fit"), edge("fit", "load"))), "cycle"),
        (workflow(edges=()), "no-edge"),
        (
            task(
                workflow(),
                "fit",
                steps=(
                    LoadStep(refs=(Ref(name="rows", task="load", cell="c9"),)),
                    CellStep(cell="c2", source=""),
                ),
            ),
            "never-stored",
        ),
        (
            task(
                workflow(),
                "fit",
                steps=(StoreStep(cell="c2", names=("x",)), CellStep(cell="c2", source="")),
            ),
            "store-misplaced",
        ),
    ],
)
def test_each_broken_invariant_is_found(broken, code):
    assert code in codes(broken)


def test_a_cell_in_two_tasks_is_found():
    first = workflow().tasks[0]
    both = msgspec.structs.replace(workflow().tasks[1], cells=first.cells, steps=first.steps)

    assert "cell-in-two-tasks" in codes(workflow(tasks=(first, both)))


@pytest.mark.parametrize(
    ("name", "fine"),
    [("a", True), ("a-1", True), ("", False), ("-a", False), ("a-", False), ("A", False),
     ("a" * 63, True), ("a" * 64, False), ("a_b", False), ("a\n", False)],
)  # fmt: skip
def test_labels(name, fine):
    assert is_label(name) is fine
