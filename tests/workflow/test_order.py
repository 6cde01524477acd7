"""Topological order and cycles."""

from __future__ import annotations

from cellweave.workflow.order import components, tasks_in_order, topological
from tests.workflow.samples import workflow


def test_the_given_order_stays_as_far_as_edges_allow():
    assert topological("abcd", [("d", "a"), ("c", "b")]) == ("c", "b", "d", "a")
    assert topological("abcd", [("a", "d")]) == ("a", "b", "c", "d")


def test_a_cycle_and_what_follows_it_is_left_out():
    assert topological("abcd", [("b", "c"), ("c", "b"), ("c", "d")]) == ("a",)


def test_tasks_of_a_workflow():
    made = workflow()

    assert tasks_in_order(made) == ("load", "fit")


def test_components_are_the_sets_that_reach_each_other():
    after = {"a": "b", "b": "c", "c": "a", "d": "c", "e": "e"}

    assert components("abcde", after) == (("a", "b", "c"), ("d",), ("e",))


def test_a_deep_graph_needs_no_recursion():
    size = 20_000
    after = {n: [n + 1] for n in range(size)} | {size: [0]}

    assert len(components(range(size + 1), after)) == 1
    assert len(topological(range(size), [(n, n + 1) for n in range(size - 1)])) == size
