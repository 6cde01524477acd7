import pytest

from cellweave.diagnostics import printing
from cellweave.diagnostics.core import Diagnostic, Fix
from cellweave.diagnostics.rules import unpicklable_output

LINES = unpicklable_output.RULE.at(
    "`rows` is a generator; task `report` cannot receive it",
    cell="fit",
    line=3,
    name="rows",
    help="make it in a cell of `report`, or keep both cells in one task",
    fix=Fix(title="Move the reader into `fit`", cell="report", option="task", value="fit"),
)


def test_a_diagnostic_is_printed_with_place_help_fix_and_where_to_read_on():
    assert printing.to_text(LINES, "somewhere/churn.ipynb") == "\n".join(
        [
            f"churn.ipynb:fit:3 error[unpicklable-output] {LINES.message}",
            "  help: make it in a cell of `report`, or keep both cells in one task",
            "  fix: Move the reader into `fit`: `#| task: fit` in cell report",
            "  more: cellweave explain unpicklable-output",
        ]
    )


def test_the_json_form_has_the_same_facts_and_every_key():
    assert printing.to_json(LINES) == {
        "code": "unpicklable-output",
        "severity": "error",
        "cell": "fit",
        "line": 3,
        "name": "rows",
        "message": "`rows` is a generator; task `report` cannot receive it",
        "help": "make it in a cell of `report`, or keep both cells in one task",
        "fix": {
            "title": "Move the reader into `fit`",
            "cell": "report",
            "option": "task",
            "value": "fit",
        },
    }
    bare = printing.to_json(Diagnostic(code="no-code", severity="info", message="m"))
    assert bare.keys() == printing.to_json(LINES).keys()
    assert bare["fix"] is None


@pytest.mark.parametrize(
    ("path", "cell", "line", "place"),
    [
        ("a/b.ipynb", "c", 2, "b.ipynb:c:2"),
        ("b.ipynb", "c", 0, "b.ipynb:c"),
        ("b.ipynb", "", 12, "b.ipynb:12"),
        ("b.ipynb", "", 0, "b.ipynb"),
        ("", "c", 1, "c:1"),
        ("", "", 0, ""),
    ],
)
def test_a_place_has_the_parts_that_are_known(path, cell, line, place):
    found = Diagnostic(code="no-code", severity="info", message="m", cell=cell, line=line)

    assert printing.place(found, path) == place
    assert printing.headline(found, path) == f"{place} info[no-code] m".strip()


def test_text_from_a_notebook_cannot_move_the_cursor_or_add_lines():
    found = Diagnostic(
        code="no-code", severity="info", message="a\nb\x1b[2J\u202e\ud800", help="é😀\t"
    )

    text = printing.to_text(found)

    assert text.splitlines()[:2] == [
        r"info[no-code] a\nb\x1b[2J\u202e\ud800",
        r"  help: é😀\t",
    ]


@pytest.mark.parametrize(
    ("severities", "counts"),
    [
        ([], ""),
        (["info"], ""),
        (["error"], "1 error"),
        (["warning", "error", "warning"], "1 error, 2 warnings"),
    ],
)
def test_counts_are_said_in_words(severities, counts):
    found = [Diagnostic(code="c", severity=s, message="m") for s in severities]

    assert printing.counts(found) == counts
