import datetime as dt
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellweave.notebook.parameters import find_parameters

IMPORTS = """
import datetime
import datetime as dt
import pathlib
from datetime import date, datetime as now, timedelta, timezone
from decimal import Decimal as D
from fractions import Fraction
from pathlib import Path, PurePosixPath
"""


def one(source, before=IMPORTS):
    (parameter,) = find_parameters(source, [before])
    return parameter


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("1", 1, "int"),
        ("-1", -1, "int"),
        ("+1.5e3", 1500.0, "float"),
        ("~7", -8, "int"),
        ("1 + 2j", 1 + 2j, "complex"),
        ("24 * 60 * 60", 86400, "int"),
        ("10 ** 6", 1000000, "int"),
        ("1 / 4", 0.25, "float"),
        ("True", True, "bool"),
        ("not True", False, "bool"),
        ("None", None, "None"),
        ("'a\"b'", 'a"b', "str"),
        ('"it\'s"', "it's", "str"),
        ("'''three\nlines\n'''", "three\nlines\n", "str"),
        (r"r'\d'", r"\d", "str"),
        ("'a' 'b'", "ab", "str"),
        ("'a' + 'b'", "ab", "str"),
        ("f'plain'", "plain", "str"),
        ("b'\\x00'", b"\x00", "bytes"),
        ("[1, -2, [None]]", [1, -2, [None]], "list"),
        ("{'a': {'b': (1,)}, 2: 3}", {"a": {"b": (1,)}, 2: 3}, "dict"),
        ("(1, 'x')", (1, "x"), "tuple"),
        ("()", (), "tuple"),
        ("{1, 2}", {1, 2}, "set"),
        ("set()", set(), "set"),
        ("frozenset({1})", frozenset({1}), "frozenset"),
        ("dict(a=1)", {"a": 1}, "dict"),
        ("float('inf')", float("inf"), "float"),
        ("date(2024, 2, 29)", dt.date(2024, 2, 29), "date"),
        ("date.fromisoformat('2024-02-29')", dt.date(2024, 2, 29), "date"),
        ("datetime.date(2024, 2, day=29)", dt.date(2024, 2, 29), "date"),
        ("dt.time(1, 2)", dt.time(1, 2), "time"),
        ("now(2024, 1, 1)", dt.datetime(2024, 1, 1), "datetime"),  # noqa: DTZ001 - as the user has it
        (
            "dt.datetime(2024, 1, 1, tzinfo=timezone.utc)",
            dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
            "datetime",
        ),
        ("timedelta(days=-1)", dt.timedelta(days=-1), "timedelta"),
        ("7 * timedelta(days=1)", dt.timedelta(days=7), "timedelta"),
        ("D('0.10')", Decimal("0.10"), "Decimal"),
        ("Fraction(1, 3)", Fraction(1, 3), "Fraction"),
        ("Path('data')", Path("data"), "Path"),
        ("pathlib.Path('a', 'b')", Path("a/b"), "Path"),
        ("PurePosixPath('a')", PurePosixPath("a"), "PurePosixPath"),
    ],
)
def test_a_literal_is_known_without_running_anything(text, value, kind):
    parameter = one(f"x = {text}")

    assert parameter.literal
    assert parameter.value == value
    assert type(parameter.value) is type(value)
    assert (parameter.name, parameter.type, parameter.line) == ("x", kind, 1)
    assert parameter.source == text


@pytest.mark.parametrize(
    "text",
    [
        "y",
        "f()",
        "y + 1",
        "f'{y}'",
        "[y]",
        "{**y}",
        "[*y]",
        "...",
        "lambda: 1",
        "[i for i in range(3)]",
        "datetime.date.today()",
        "now.now()",
        "date(2024, 13, 1)",
        "D('not a number')",
        "open('x')",
        "time(1, 2)",
        "9 ** 9 ** 9",
        "2 ** 100",
        "'a' * 10",
        "1 / 0",
        "bytes(10 ** 9)",
        "dict(**{'a': 1})",
        "{[]: 1}",
        "1 << 3",
        "-'a'",
        "__import__('os')",
        "x.y",
        "1 if y else 2",
    ],
)
def test_what_is_no_literal_is_left_to_the_run(text):
    parameter = one(f"x = {text}")

    assert not parameter.literal
    assert parameter.value is None
    assert parameter.source == text
    assert parameter.type == ""


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("x: int = None", "int"),
        ("x: 'list[int]' = None", "list[int]"),
        ("x: dict[str, date] = {}", "dict[str, date]"),
        ("x: float | None = 1", "float | None"),
        ("x = 1  # type: float", "float"),
        ("x: float = y", "float"),
    ],
)
def test_an_annotation_gives_the_type(statement, kind):
    assert one(statement).type == kind


@pytest.mark.parametrize(
    ("statement", "description"),
    [
        ("x = 1  # how many", "how many"),
        ("x = '#é'; # how many", "how many"),
        ("x = (1)  # how many", "how many"),
        ("x = 1", ""),
        ("x = [  # no\n  1]", ""),
    ],
)
def test_the_comment_behind_a_default_describes_it(statement, description):
    assert one(statement).description == description


def test_names_lines_and_order_are_those_of_the_cell():
    source = "# intro\na = b = 1\nc, d = 2, (3,)\n\nimport os\ne: int\nf.g = 1\nh[0] = 1\n(i) = 5"

    found = find_parameters(source)

    assert [(p.name, p.line, p.source) for p in found] == [
        ("a", 2, "1"),
        ("b", 2, "1"),
        ("c", 3, "2"),
        ("d", 3, "(3,)"),
        ("i", 9, "5"),
    ]


def test_a_tuple_without_parentheses_gets_them():
    assert one("x = 1, 2").source == "(1, 2)"


@pytest.mark.parametrize(
    "more",
    ["x.append(1)", "x[0] = 1", "x += [1]", "if y:\n    x = 2", "del x[0]", "for x in y: pass"],
)
def test_a_default_that_the_cell_changes_further_is_no_literal(more):
    assert not one(f"x = [0]\n{more}").literal


@pytest.mark.parametrize("more", ["print(x)", "y.z(x)", "y[x]"])
def test_reading_a_default_leaves_it_a_literal(more):
    assert one(f"x = 0\n{more}").literal


def test_the_last_of_two_bindings_counts():
    parameter = one("x = 1\nx = x + 1")

    assert (parameter.literal, parameter.source, parameter.line) == (False, "x + 1", 2)


@pytest.mark.parametrize(
    "before",
    [
        "",
        "def date(*a): ...",
        "from datetime import date\ndef date(*a): ...",
        "from datetime import date\ndate = 3",
        "from .datetime import date",
        "from mylib import date",
        "from datetime import *",
    ],
)
def test_a_constructor_counts_only_where_the_notebook_imported_the_real_one(before):
    assert not one("x = date(2024, 1, 1)", before).literal


def test_a_shadowed_builtin_is_no_constructor():
    assert not one("x = list()", "def list(): return 3").literal


def test_magics_in_the_cell_do_not_hide_the_parameters():
    assert one("%matplotlib inline\n!ls\nx = 1").line == 3


@pytest.mark.parametrize("source", ["x = (", "x = 1\n y = 2", "\0", "(" * 10_000])
def test_a_cell_that_does_not_parse_has_no_parameters(source):
    assert find_parameters(source) == ()


def test_a_cell_above_that_does_not_parse_is_passed_over():
    assert len(find_parameters("x = 1", ["def", IMPORTS])) == 1


LITERALS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3)
    | st.tuples(inner, inner)
    | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(LITERALS)
def test_every_literal_comes_back_with_its_exact_type(value):
    parameter = one(f"x = {value!r}")

    assert parameter.literal
    assert repr(parameter.value) == repr(value)


@given(st.text())
def test_no_source_makes_the_parser_fail(source):
    find_parameters(source, [source])
