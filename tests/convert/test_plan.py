"""The steps of a task: what runs and is loaded before each cell, and what is stored after it."""

from __future__ import annotations

from cellweave.convert.compile import compile_workflow
from cellweave.workflow.model import CellStep, LoadStep, SetupStep, StoreStep
from cellweave.workflow.validate import problems
from tests.convert.books import book, cell, item


def steps(made, task):
    """Write a task's steps as short text."""
    workflow = compile_workflow(*made).workflow
    assert problems(workflow) == ()
    found = next(t for t in workflow.tasks if t.name == task)
    rows = []
    for step in found.steps:
        match step:
            case SetupStep():
                rows.append(f"setup {step.source}")
            case LoadStep():
                rows.append("load " + " ".join(f"{r.name}@{r.cell}" for r in step.refs))
            case CellStep():
                rows.append(f"cell {step.cell}")
            case StoreStep():
                rows.append(f"store {' '.join(step.names)}")
    return rows


def cell_step(made, wanted):
    workflow = compile_workflow(*made).workflow
    return next(
        s for t in workflow.tasks for s in t.steps if isinstance(s, CellStep) and s.cell == wanted
    )


def test_a_value_is_stored_by_its_writer_and_loaded_by_its_reader():
    made = book(
        cell("a", "#| task: one\nx = 1\ny = 2", writes="x y"),
        cell("b", "#| task: two\nprint(x)", reads="x"),
    )

    assert steps(made, "one") == ["cell a", "store x"]
    assert steps(made, "two") == ["load x@a", "cell b"]


def test_all_that_was_there_before_the_task_is_loaded_at_once():
    made = book(
        cell("a", "#| task: one\nx = y = 1", writes="x y"),
        cell("b", "#| task: two\nprint(x)", reads="x"),
        cell("c", "#| task: two\nprint(y)", reads="y"),
    )

    assert steps(made, "two") == ["load x@a y@a", "cell b", "cell c"]


def test_a_version_made_in_between_is_loaded_right_before_its_reader():
    made = book(
        cell("a", "#| task: one\nx = [1]", writes="x"),
        cell("b", "#| task: two\nprint(x)", reads="x"),
        cell("c", "#| task: three\nx.append(1)", reads="x", writes="x"),
        cell("d", "#| task: two\nprint(x)", reads="x"),
    )

    assert steps(made, "two") == ["load x@a", "cell b", "load x@c", "cell d"]


def test_a_name_bound_later_does_not_hide_a_builtin_from_earlier_cells():
    made = book(
        cell("a", "#| task: one\nprint(sum([1]))", role="task"),
        cell("b", "#| task: two\nsum = 3", writes="sum"),
        cell("c", "#| task: one\nprint(sum)", reads="sum"),
    )

    assert steps(made, "one") == ["cell a", "load sum@b", "cell c"]


def test_names_stored_together_are_loaded_together_again():
    made = book(
        cell("a", "#| task: one\nstart = 1", writes="start"),
        cell("b", "#| task: two\na = b = []", writes="a b"),
        cell("c", "#| task: one\nprint(b)", reads="b"),
        cell("d", "#| task: one\na.append(1); print(b)", reads="a b", writes="a b"),
    )

    assert steps(made, "one") == ["cell a", "load b@b", "cell c", "load a@b b@b", "cell d"]


def test_setup_runs_first_then_loads():
    made = book(
        cell("s", "import os", role="setup", items=(item("s:1", "import os", binds="os"),)),
        cell("a", "#| task: one\nx = 1", writes="x"),
        cell("b", "#| task: two\nos.stat(x)", reads="x", uses="s:1"),
    )

    assert steps(made, "one") == ["cell a", "store x"]
    assert steps(made, "two") == ["setup import os", "load x@a", "cell b"]


def test_setup_between_cells_keeps_its_place():
    made = book(
        cell("a", "#| task: one\nx = 1", writes="x"),
        cell("s", "N = 1", role="setup", items=(item("s:1", "N = 1", kind="literal", binds="N"),)),
        cell("b", "#| task: one\nprint(N)", reads="x", uses="s:1"),
    )

    assert steps(made, "one") == ["cell a", "setup N = 1", "cell b"]


def test_a_cell_is_not_preceded_by_its_own_setup():
    made = book(
        cell("a", "#| task: one\nimport os\nx = os", writes="x", items=(item("a:1", "import os"),),
             uses="a:1"),
        cell("b", "#| task: one\nos", reads="x", uses="a:1"),
        cell("c", "#| task: two\nos", role="task", uses="a:1"),
    )  # fmt: skip

    assert steps(made, "one") == ["cell a", "cell b"]
    assert steps(made, "two") == ["setup import os", "cell c"]


def test_a_name_from_setup_gives_way_to_a_later_version():
    made = book(
        cell("s", "N = 1", role="setup", items=(item("s:1", "N = 1", kind="literal", binds="N"),)),
        cell("a", "#| task: one\nprint(N)", role="task", uses="s:1"),
        cell("b", "#| task: two\nN = 2", writes="N"),
        cell("c", "#| task: one\nprint(N)", reads="N"),
    )

    assert steps(made, "one") == ["setup N = 1", "cell a", "load N@b", "cell c"]


def test_process_state_travels_like_a_variable():
    made = book(
        cell("a", "#| task: one\nrandom.seed(1)", writes="~random"),
        cell("b", "#| task: two\nx = random.random()", reads="~random", writes="x ~random"),
    )

    assert steps(made, "two") == ["load ~random@a", "cell b"]
    (task,) = (t for t in compile_workflow(*made).workflow.tasks if t.name == "two")
    assert task.channels == ("~random",)


def test_what_others_read_unchanged_is_guarded():
    made = book(
        cell("a", "#| task: one\nx = [1]", writes="x"),
        cell("b", "#| task: two\nf(x)", reads="x", writes="y"),
        cell("c", "#| task: three\nprint(x)", reads="x"),
        cell("d", "#| task: two\ng(x)", reads="x", writes="z"),
    )

    assert cell_step(made, "b").guards == ("x",)
    assert cell_step(made, "d").guards == ()


def test_a_name_that_others_read_from_elsewhere_is_watched():
    made = book(
        cell("a", "#| task: one\nx = [1]", writes="x"),
        cell("b", "#| task: two\nf()", writes="y"),
        cell("c", "#| task: three\nprint(x)", reads="x"),
        cell("d", "#| task: two\ng()", writes="z"),
    )

    assert cell_step(made, "b").visible == ("x",)
    assert cell_step(made, "d").visible == ()


def test_setup_that_others_replay_is_watched_but_not_in_its_own_cell():
    made = book(
        cell("a", "#| task: one\nimport os\nx = os", writes="x",
             items=(item("a:1", "import os", binds="os"),)),
        cell("b", "#| task: two\ng()", writes="y"),
        cell("c", "#| task: three\nos", reads="x", uses="a:1"),
    )  # fmt: skip

    assert cell_step(made, "a").visible == ()
    assert cell_step(made, "b").visible == ("os", "x")


def hazards(**facts):
    made = book(
        cell("a", "#| task: one\nx = []", writes="x"),
        cell("b", "#| task: one\ny = f(x)", reads="x", writes="y", mutated_later=("y",), **facts),
        cell("c", "#| task: two\ny.append(1)", reads="y", writes="y"),
        cell("d", "#| task: three\nprint(x)", reads="x"),
    )
    return {
        step.cell: step.hazards
        for task in compile_workflow(*made).workflow.tasks
        for step in task.steps
        if isinstance(step, StoreStep)
    }


def test_sharing_that_the_plan_missed_is_a_hazard():
    assert hazards() == {"a": (), "b": (("y", "x"),)}


def test_sharing_that_the_plan_knows_is_none():
    assert hazards(shares=(("x", "y"),)) == {"a": (), "b": ()}
