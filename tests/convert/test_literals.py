"""Parameters as the first cell of a task notebook."""

from __future__ import annotations

import datetime
import math

import pytest

from cellweave.convert.literals import assignment, kinds, text_of
from cellweave.notebook.parameters import find_parameters


def parameter(line, before=()):
    (found,) = find_parameters(line, before)
    return found


@pytest.mark.parametrize(
    "line",
    [
        "n = -3",
        "text = 'it\\'s \"quoted\"'",
        "none = None",
        "items = [1, (2, 3), {'a': {4}}]",
        "rate: float = 0.5",
        "big = 10 ** 6",
        "raw = b'\\x00'",
        "z = 1 + 2j",
    ],
)
def test_a_default_without_imports_stays_as_it_was_written(line):
    found = parameter(line)

    assert assignment(found).endswith(f"= {found.source}")


@pytest.mark.parametrize(
    "line",
    [
        "day = datetime.date(2024, 1, 1)",
        "at = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)",
        "week = [datetime.timedelta(days=7)]",
        "table = {datetime.date(2024, 1, 1): (datetime.time(1, 2),)}",
    ],
)
def test_a_default_that_needs_an_import_brings_it_along(line):
    found = parameter(line, ["import datetime"])
    namespace = {}

    exec(assignment(found), namespace)

    assert namespace[found.name] == found.value


@pytest.mark.parametrize(
    "value",
    [
        [],
        (),
        (1,),
        set(),
        frozenset(),
        {3, 1, 2},
        frozenset({"a", "b"}),
        {},
        {"a": (1, [2])},
        datetime.date(2024, 1, 1),
        math.inf,
    ],
)
def test_text_of_a_value_gives_the_value_back(value):
    assert eval(text_of(value)) == value
    assert type(eval(text_of(value))) is type(value)


def test_an_annotation_that_needs_an_import_becomes_a_comment():
    found = parameter("day: date | None = None")

    assert assignment(found) == "day = None  # type: date | None"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("n = 2", ""),
        ("n: int = 2", ""),
        ("x: float = 2", ""),
        ("day: date = None", "date"),
        ("day: dt.date | None = None", "date|none"),
        ("day: Optional[datetime.date] = None", "date|none"),
        ("day: 'date' = None", "date"),
        ("pair: tuple[int, ...] = (1, 2)", "tuple"),
        ("pair = (1, 2)", "tuple"),
        ("value: Union[int, str] = 1", ""),
        ("value: Union[int, dt.date] = 1", "int|date"),
        ("frame: pd.DataFrame = None", ""),
    ],
)
def test_kinds_say_what_the_runtime_has_to_coerce(line, expected):
    assert kinds(parameter(line)) == expected
