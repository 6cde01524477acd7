"""Names of tasks."""

from __future__ import annotations

import pytest

from cellweave.convert.compile import compile_workflow
from cellweave.convert.slugs import label, slug
from cellweave.workflow.validate import is_label
from tests.convert.books import book, cell, md


def named(made):
    return [task.name for task in compile_workflow(*made).workflow.tasks]


def said(made):
    return [d for d in compile_workflow(*made).diagnostics if d.code == "task-name"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fit the model", "fit-the-model"),
        ("load_data", "load-data"),
        ("Größe & Maß", "grosse-mass"),
        ("Données brutes", "donnees-brutes"),
        ("Загрузка данных", "zagruzka-dannykh"),
        ("Ανάλυση", "analysi"),
        ("ÆØÅ", "aeoa"),
        ("  --x--  ", "x"),
        ("数据", ""),
    ],
)
def test_text_becomes_a_slug(text, expected):
    assert slug(text) == expected


@pytest.mark.parametrize("text", ["数据", "🚀", "", "x" * 200, "-" * 80, "a" * 62 + "-b", "İ", "ŉ"])
def test_any_text_becomes_a_label(text):
    assert is_label(label(text))


def test_texts_without_latin_letters_do_not_collide():
    assert label("数据") != label("模型")
    assert label("x" * 99 + "a") != label("x" * 99 + "b")


def test_a_task_is_named_after_its_heading_then_its_main_name():
    made = book(
        md("# Load the *data*"),
        cell("a", "x = 1", writes="x"),
        md("text"),
        cell("b", "for i in range(3): y = i", writes="i y"),
        cell("c", "df.dropna(inplace=True)", writes="df"),
        cell("d", "print(1)", role="task"),
    )

    names = named(made)

    assert names[:3] == ["load-the-data", "y", "df"]
    assert names[3].startswith("cell-")


def test_the_main_name_is_the_last_that_the_code_binds():
    made = book(cell("a", "b = 1\na = 2\n%time c = 3", writes="a b c"))

    assert named(made) == ["a"]


def test_equal_names_are_numbered():
    made = book(cell("a", "x = 1", writes="x"), cell("b", "x = 2", writes="x"))

    assert named(made) == ["x", "x-2"]


def test_a_name_of_the_user_goes_first():
    made = book(
        cell("a", "x = 1", writes="x"),
        cell("b", "#| task: x\ny = 2", writes="y"),
    )

    assert named(made) == ["x-2", "x"]
    assert said(made) == []


def test_an_edit_elsewhere_does_not_rename():
    before = book(cell("a", "x = 1", writes="x"), cell("b", "show()", role="task"))
    after = book(cell("a", "w = 1", writes="w"), cell("b", "show()", role="task"))

    assert named(before)[1] == named(after)[1]


def test_a_name_that_had_to_change_is_said_with_cell_and_line():
    made = book(cell("a", "# first\n#| task: Größe\nx = 1", writes="x"))

    (found,) = said(made)

    assert named(made) == ["grosse"]
    assert (found.cell, found.line, found.severity) == ("a", 2, "warning")
    assert "`Größe`" in found.message


def test_two_names_that_become_one_are_kept_apart_and_said():
    made = book(
        cell("a", "#| task: fit model\nx = 1", writes="x"),
        cell("b", "#| task: fit-model\ny = 1", writes="y"),
    )

    assert named(made) == ["fit-model", "fit-model-2"]
    assert len(said(made)) == 2


def test_a_name_that_is_too_long_is_shortened_and_said():
    made = book(cell("a", f"#| task: {'long' * 30}\nx = 1", writes="x"))

    (found,) = said(made)

    assert "longer than 63" in found.message
    assert is_label(named(made)[0])
