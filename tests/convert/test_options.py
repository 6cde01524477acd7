"""Options of cells and options of tasks."""

from __future__ import annotations

import msgspec

from cellweave.convert.compile import compile_workflow
from cellweave.notebook.settings import DefaultResources, Settings
from tests.convert.books import book, cell


def ignored(made):
    found = compile_workflow(*made).diagnostics
    return [(d.cell, d.line, d.name) for d in found if d.code == "ignored-option"]


def test_options_of_a_cell_hold_for_its_task():
    made = book(
        cell("a", "#| task: fit\n#| memory: 8Gi\n#| retries: 2\n#| env: {A: 1}\nx", writes="x"),
        cell("b", "#| task: fit\n#| env: {B: 2}\n#| packages: [git]\ny", writes="y"),
    )

    (task,) = compile_workflow(*made).workflow.tasks

    assert task.resources.memory == "8Gi"
    assert task.options == {"env": {"A": "1", "B": "2"}, "packages": ["git"], "retries": 2}
    assert ignored(made) == []


def test_a_second_value_of_an_option_is_ignored_and_said():
    made = book(
        cell("a", "#| task: fit\n#| memory: 8Gi\nx", writes="x"),
        cell("b", "#| task: fit\n#| memory: 4Gi\ny", writes="y"),
    )

    (task,) = compile_workflow(*made).workflow.tasks

    assert task.resources.memory == "8Gi"
    assert ignored(made) == [("b", 2, "memory")]


def test_options_of_a_cell_in_no_task_are_ignored_and_said():
    made = book(
        cell("s", "#| memory: 8Gi\nimport os", role="setup"),
        cell("a", "x", writes="x"),
    )

    assert ignored(made) == [("s", 1, "memory")]


def test_settings_are_the_default():
    notebook, graph = book(
        cell("a", "#| task: a\nx", writes="x"), cell("b", "#| task: b\n#| cpu: 4\ny", writes="y")
    )
    settings = Settings(resources=DefaultResources(cpu="1"), image="ours:1", env={"A": "1"})
    notebook = msgspec.structs.replace(notebook, settings=settings)

    one, two = compile_workflow(notebook, graph).workflow.tasks

    assert (one.resources.cpu, two.resources.cpu) == ("1", "4")
    assert one.options == {"env": {"A": "1"}, "image": "ours:1"}
