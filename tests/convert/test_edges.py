"""Edges between tasks, and the option `after`."""

from __future__ import annotations

from cellweave.convert.compile import compile_workflow
from tests.convert.books import book, cell


def edges(made):
    return [
        (e.source, e.target, e.kind, " ".join(e.names))
        for e in compile_workflow(*made).workflow.edges
    ]


def found(made, code):
    return [d for d in compile_workflow(*made).diagnostics if d.code == code]


def test_edges_between_cells_of_two_tasks_are_one_edge():
    made = book(
        cell("a", "#| task: one\nx = 1", writes="x"),
        cell("b", "#| task: one\ny = 1", writes="y"),
        cell("c", "#| task: two\nprint(x, y)", reads="x y"),
    )

    assert edges(made) == [("one", "two", "data", "x y")]
    (edge,) = compile_workflow(*made).workflow.edges
    assert [(r.name, r.cell, r.target_cell) for r in edge.reasons] == [
        ("x", "a", "c"),
        ("y", "b", "c"),
    ]


def test_after_makes_an_order_edge():
    made = book(
        cell("a", "#| task: one\nx = 1", writes="x"),
        cell("b", "#| task: two\n#| after: one\ny = 1", writes="y"),
    )

    assert edges(made) == [("one", "two", "order", "")]


def test_after_a_task_that_is_not_there_names_the_nearest():
    made = book(
        cell("a", "#| task: load\nx = 1", writes="x"),
        cell("b", "#| task: two\n#| after: laod\ny = 1", writes="y"),
    )

    (diagnostic,) = found(made, "unknown-after")

    assert (diagnostic.cell, diagnostic.line, diagnostic.name) == ("b", 2, "laod")
    assert "`load`" in diagnostic.help
    assert edges(made) == []


def test_after_that_would_make_a_cycle_is_left_out_and_said():
    made = book(
        cell("a", "#| task: one\n#| after: two\nx = 1", writes="x"),
        cell("b", "#| task: two\ny = x", reads="x", writes="y"),
    )

    (diagnostic,) = found(made, "after-cycle")

    assert (diagnostic.cell, diagnostic.line) == ("a", 2)
    assert edges(made) == [("one", "two", "data", "x")]


def test_after_itself_is_a_cycle():
    made = book(cell("a", "#| task: one\n#| after: one\nx = 1", writes="x"))

    assert len(found(made, "after-cycle")) == 1


def test_tasks_come_in_topological_order():
    made = book(
        cell("a", "#| task: one\n#| after: two\nx = 1", writes="x"),
        cell("b", "#| task: two\ny = 1", writes="y"),
    )

    assert [t.name for t in compile_workflow(*made).workflow.tasks] == ["two", "one"]
