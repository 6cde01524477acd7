"""Which cells become one task."""

from __future__ import annotations

from cellweave.convert.split import split
from tests.convert.books import book, cell, md


def grouped(made):
    result = split(*made)
    return [" ".join(group.cells) for group in result.groups]


def codes(made):
    return [d.code for d in split(*made).diagnostics]


def test_a_chain_becomes_one_task():
    made = book(cell("a", writes="x"), cell("b", reads="x", writes="y"), cell("c", reads="y"))

    assert grouped(made) == ["a b c"]


def test_two_branches_stay_apart_and_so_does_their_join():
    made = book(
        cell("load", writes="x"),
        cell("left", reads="x", writes="l"),
        cell("right", reads="x", writes="r"),
        cell("join", reads="l r", writes="j"),
    )

    assert grouped(made) == ["load", "left", "right", "join"]


def test_a_display_rides_with_the_writer_of_what_it_shows():
    made = book(
        cell("load", writes="x"),
        cell("left", reads="x", writes="l"),
        cell("right", reads="x", writes="r"),
        cell("show", reads="l"),
        cell("join", reads="l r", writes="j"),
    )

    assert grouped(made) == ["load", "left show", "right", "join"]


def test_a_display_of_several_tasks_is_a_task():
    made = book(
        cell("load", writes="x"),
        cell("left", reads="x", writes="l"),
        cell("right", reads="x", writes="r"),
        cell("show", reads="l r"),
    )

    assert grouped(made) == ["load", "left", "right", "show"]


def test_a_display_of_nothing_stays_with_the_cell_above():
    made = book(
        cell("load", writes="x"),
        cell("left", reads="x", writes="l"),
        cell("note"),
        cell("right", reads="x", writes="r"),
    )

    assert grouped(made) == ["load", "left note", "right"]


def test_cells_with_no_path_between_them_are_not_fused():
    made = book(cell("a", writes="x"), cell("b", writes="y"))

    assert grouped(made) == ["a", "b"]


def test_a_reader_of_the_first_version_keeps_a_mutation_apart():
    made = book(
        cell("load", writes="x"),
        cell("model", reads="x", writes="m"),
        cell("change", reads="x", writes="x"),
        cell("report", reads="x", writes="r"),
    )

    assert grouped(made) == ["load", "model", "change report"]


def test_headings_bound_tasks():
    made = book(
        md("# Load"),
        cell("a", writes="x"),
        cell("b", reads="x", writes="y"),
        md("# Fit"),
        cell("c", reads="y", writes="z"),
    )

    assert grouped(made) == ["a b", "c"]


def test_other_resources_bound_tasks():
    made = book(
        cell("a", writes="x"),
        cell("b", "#| memory: 8Gi\nfit()", reads="x", writes="y"),
        cell("c", reads="y", writes="z"),
    )

    assert grouped(made) == ["a", "b", "c"]


def test_a_long_chain_is_cut_before_it_holds_two_fifths_of_the_cells():
    chain = [cell("c0", writes="x")]
    chain += [cell(f"c{n}", reads="x", writes="x") for n in range(1, 10)]

    sizes = [len(group.split()) for group in grouped(book(*chain))]

    assert sizes == [4, 4, 2]


def test_displays_beyond_two_fifths_of_the_cells_make_a_task_of_their_own():
    shows = [cell(f"s{n}", reads="x") for n in range(9)]

    sizes = [len(group.split()) for group in grouped(book(cell("load", writes="x"), *shows))]

    assert sizes == [4, 4, 2]


def test_what_cannot_travel_stays_together_however_many_cells_it_is():
    chain = [cell("c0", writes="x")]
    chain += [
        cell(f"c{n}", reads="x", writes="x", keep_with=((f"c{n - 1}", "share the generator `x`"),))
        for n in range(1, 10)
    ]

    made = book(*chain)

    assert len(grouped(made)) == 1
    assert split(*made).groups[0].together == ("share the generator `x`",)
    assert codes(made) == ["shared-handle"]


def test_cells_kept_together_take_in_what_stands_between_them():
    made = book(
        cell("open", writes="db"),
        cell("other", reads="db", writes="q"),
        cell("use", reads="db q", writes="rows", keep_with=(("open", "share a connection"),)),
    )

    assert grouped(made) == ["open other use"]


def test_a_map_cell_is_a_task_and_the_next_cell_starts_one():
    made = book(
        cell("a", writes="xs"),
        cell("b", "#| map: x\nfor x in xs: ys.append(x)", reads="xs", writes="ys"),
        cell("c", reads="ys", writes="z"),
    )

    assert grouped(made) == ["a", "b", "c"]


def test_skipped_setup_and_empty_cells_are_in_no_task():
    made = book(
        cell("a", "import os", role="setup"),
        cell("b", "#| skip: true\nx", role="skipped"),
        cell("c", "# nothing\n", role="display"),
        cell("d", writes="x"),
    )

    assert grouped(made) == ["d"]


def test_an_exploratory_notebook_of_sixty_cells_gives_a_dozen_tasks():
    cells = [cell("load", writes="df"), cell("clean", reads="df", writes="df")]
    for n in range(20):
        cells += [
            md(f"## Question {n}"),
            cell(f"plot{n}", reads="df", writes=f"fig{n}"),
            cell(f"show{n}", reads=f"fig{n}"),
        ]
    cells += [cell(f"m{n}", reads="df m", writes="m") for n in range(18)]

    assert len(grouped(book(*cells))) <= 12


class TestNamed:
    def test_a_cell_without_a_name_continues_the_task_above(self):
        made = book(
            cell("a", "#| task: load\nx = 1", writes="x"),
            cell("b", writes="y"),
            cell("c", "#| task: fit\nz = 1", writes="z"),
            cell("d", writes="w"),
        )

        assert grouped(made) == ["a b", "c d"]

    def test_the_same_name_again_joins_the_task(self):
        made = book(
            cell("a", "#| task: load\nx = 1", writes="x"),
            cell("b", "#| task: fit\ny = 1", writes="y"),
            cell("c", "#| task: load\nz = 1", writes="z"),
        )

        assert grouped(made) == ["a c", "b"]

    def test_before_the_first_name_each_cell_is_a_task(self):
        made = book(
            cell("a", writes="x"),
            cell("b", writes="y"),
            cell("c", "#| task: fit\nz = 1", writes="z"),
        )

        assert grouped(made) == ["a", "b", "c"]

    def test_a_heading_ends_the_task_above(self):
        made = book(
            cell("a", "#| task: load\nx = 1", writes="x"),
            md("# Next"),
            cell("b", writes="y"),
            cell("c", writes="z"),
        )

        assert grouped(made) == ["a", "b c"]

    def test_other_resources_end_the_task_above(self):
        made = book(
            cell("a", "#| task: load\nx = 1", writes="x"),
            cell("b", "#| cpu: 4\ny = 1", writes="y"),
            cell("c", writes="z"),
        )

        assert grouped(made) == ["a", "b c"]

    def test_the_cell_after_a_map_starts_a_task(self):
        made = book(
            cell("a", "#| task: load\n#| map: x\nfor x in xs: ys.append(x)", writes="ys"),
            cell("b", writes="y"),
        )

        assert grouped(made) == ["a", "b"]

    def test_the_display_rule_goes_before_continuation(self):
        made = book(
            cell("a", "#| task: load\nx = 1", writes="x"),
            cell("b", "#| task: fit\ny = 1", writes="y"),
            cell("c", reads="x"),
            cell("d", writes="z"),
        )

        assert grouped(made) == ["a c", "b d"]

    def test_two_named_tasks_that_share_a_generator_are_an_error_with_a_fix(self):
        made = book(
            cell("a", "#| task: load\ng = f()", writes="g"),
            cell("b", "#| task: fit\nnext(g)", reads="g", writes="g",
                 keep_with=(("a", "both use the generator `g`"),)),
        )  # fmt: skip

        (found,) = split(*made).diagnostics

        assert (found.code, found.severity) == ("unpicklable-output", "error")
        assert (found.cell, found.name) == ("b", "g")
        assert found.fix is not None
        assert (found.fix.cell, found.fix.option, found.fix.value) == ("b", "task", "load")

    def test_named_tasks_that_wait_for_each_other_are_an_error_with_a_fix(self):
        made = book(
            cell("a", "#| task: one\nx = 1", writes="x"),
            cell("b", "#| task: two\ny = x", reads="x", writes="y"),
            cell("c", "#| task: one\nz = y", reads="y", writes="z"),
        )

        (found,) = split(*made).diagnostics

        assert found.code == "cyclic-grouping"
        assert (found.cell, found.name, found.line) == ("c", "y", 1)
        assert "`x` of cell `a`" in found.message
        assert found.fix is not None
        assert found.fix.value == "one-2"

    def test_an_unnamed_task_gives_way_where_it_would_make_a_cycle(self):
        made = book(
            cell("a", "#| task: one\nx = 1", writes="x"),
            md("# Part"),
            cell("b", reads="x", writes="y"),
            cell("c", "#| task: one\nz = y", reads="y", writes="z"),
        )

        assert grouped(made) == ["a b c"]
        assert codes(made) == []


class TestModes:
    def test_cell_makes_a_task_of_each_cell_and_displays_ride(self):
        made = book(
            cell("a", writes="x"), cell("b", reads="x", writes="y"), cell("c", reads="y"),
            split="cell",
        )  # fmt: skip

        assert grouped(made) == ["a", "b c"]

    def test_heading_makes_a_task_of_each_section(self):
        made = book(
            cell("a", writes="x"),
            md("# One"),
            cell("b", writes="y"),
            cell("c", writes="z"),
            md("text"),
            cell("d", writes="w"),
            md("## Two"),
            cell("e", reads="x", writes="v"),
            split="heading",
        )

        assert grouped(made) == ["a", "b c d", "e"]
