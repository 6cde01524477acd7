"""Three runs of a notebook compared: pure, so the traces are written down here."""

from __future__ import annotations

import pytest

from cellweave.app.compare import CellTrace, Trace, compare, shown
from cellweave.dataflow.facts import CellFacts, CellGraph


def trace(**cells: tuple[dict[str, str], str]) -> Trace:
    return Trace(cells={k: CellTrace(values=v, shown=s) for k, (v, s) in cells.items()})


GRAPH = CellGraph(
    cells=(
        CellFacts(id="a", index=0, role="task", writes=("x", "~random")),
        CellFacts(id="b", index=1, role="task", inputs=(("x", "a"),), writes=("y",), kills=("z",)),
    ),
    edges=(),
)
PLAIN = trace(a=({"x": "1", "z": "9"}, "hello\n"), b=({"x": "1", "y": "2"}, ""))


def test_equal_runs_agree_and_say_how_much_was_compared():
    result = compare(PLAIN, PLAIN, PLAIN, GRAPH)

    assert result.differences == ()
    assert result.unstable == ()
    assert result.compared == 5


def test_another_value_is_found_with_its_cell_and_name():
    workflow = trace(a=({"x": "1"}, "hello\n"), b=({"x": "1", "y": "3"}, ""))

    (finding,) = compare(PLAIN, PLAIN, workflow, GRAPH).differences

    assert (finding.cell, finding.name, finding.kind) == ("b", "y", "value")


def test_a_value_that_the_task_lacks_is_found():
    workflow = trace(a=({}, "hello\n"), b=({"x": "1"}, ""))

    (finding,) = compare(PLAIN, PLAIN, workflow, GRAPH).differences

    assert (finding.cell, finding.name, finding.kind) == ("a", "x", "missing")


def test_a_name_that_no_cell_takes_may_be_left_out_of_the_task():
    workflow = trace(a=({"x": "1"}, "hello\n"), b=({"x": "1"}, ""))

    assert compare(PLAIN, PLAIN, workflow, GRAPH).differences == ()


def test_names_that_the_cell_does_not_use_are_not_asked_of_its_task():
    workflow = trace(a=({"x": "1"}, "hello\n"), b=({"x": "1", "y": "2", "z": "stale"}, ""))

    assert compare(PLAIN, PLAIN, workflow, GRAPH).differences == ()


def test_another_output_is_found_with_its_line():
    workflow = trace(a=({"x": "1"}, "hullo\n"), b=({"x": "1", "y": "2"}, ""))

    (finding,) = compare(PLAIN, PLAIN, workflow, GRAPH).differences

    assert (finding.cell, finding.kind) == ("a", "output")
    assert "line 1 is `hullo`, plain `hello`" in finding.message


def test_what_two_plain_runs_do_not_agree_on_is_listed_and_not_compared():
    again = trace(a=({"x": "1", "z": "9"}, "hallo\n"), b=({"x": "1", "y": "7"}, ""))
    workflow = trace(a=({"x": "1"}, "hullo\n"), b=({"x": "1", "y": "8"}, ""))

    result = compare(PLAIN, again, workflow, GRAPH)

    assert result.differences == ()
    assert [(f.cell, f.name, f.kind) for f in result.unstable] == [
        ("a", "", "output"),
        ("b", "y", "value"),
    ]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("<A object at 0x7f00aa01bc>", "<A object at 0x7f00aa9999>"),
        ("took 12.3 s", "took 9.87 s"),
        ("CPU times: user 3 ms", "CPU times: user 11 ms"),
        ("Time: 12:01:59", "Time: 13:22:00"),
        ("at 2026-01-02 03:04:05.123", "at 2026-01-03 03:04:05.9"),
        ("Date: Fri, 02 Jan 2026", "Date: Sat, 03 Jan 2026"),
        ("/tmp/abc/x.csv", "/tmp/def/x.csv"),
    ],
)
def test_clocks_addresses_and_temporary_files_are_no_difference(one, two):
    first, second = (
        shown([{"output_type": "stream", "name": "stdout", "text": t}]) for t in (one, two)
    )

    assert first == second


def test_standard_error_and_pictures_are_not_compared():
    outputs = [
        {"output_type": "stream", "name": "stderr", "text": "warning"},
        {"output_type": "display_data", "data": {"image/png": "x", "text/plain": ["<Fig", "ure>"]}},
        {"output_type": "execute_result", "data": {"text/plain": "42"}},
    ]

    assert shown(outputs) == "<Figure>\n42\n"
