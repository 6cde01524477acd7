from __future__ import annotations

import datetime
from typing import Any

import pytest

from cellweave.runtime.errors import RuntimeFailure
from cellweave.runtime.parameters import coerce

NOON = datetime.datetime(2020, 1, 2, 12, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("value", "wanted", "meant"),
    [
        ("2020-01-02", "date", datetime.date(2020, 1, 2)),
        (
            "2020-01-02T03:04:05Z",
            "datetime",
            datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=datetime.UTC),
        ),
        ("2020-01-02 00:00:00", "date", datetime.date(2020, 1, 2)),
        ("03:04", "time", datetime.time(3, 4)),
        ("1 day, 2:03:04", "timedelta", datetime.timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ([1, 2], "tuple", (1, 2)),
        ([1, 1], "set", {1}),
        ("5", "int", 5),
        (5.0, "int", 5),
        (5, "float", 5),
        ("(1+2j)", "complex", 1 + 2j),
        ("b'\\x00a'", "bytes", b"\x00a"),
        ("no", "bool", False),
        (None, "int|none", None),
        ("7", "int|none", 7),
        (True, "int", 1),
        ({"a": 1}, "dict", {"a": 1}),
        ("as it is", "Flavour", "as it is"),
    ],
)
def test_a_parameter_gets_the_type_that_its_author_gave_it(value: Any, wanted: str, meant: Any):
    made = coerce("p", value, wanted)

    assert made == meant
    assert type(made) is type(meant)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("x", "int"),
        (1.5, "int"),
        ("2020-13-01", "date"),
        (3, "tuple"),
        ("soon", "bool"),
        (1, "dict"),
    ],
)
def test_a_value_of_another_type_is_refused_by_name(value: Any, wanted: str):
    with pytest.raises(RuntimeFailure, match="parameter `p` should be") as raised:
        coerce("p", value, wanted)

    assert (raised.value.code, raised.value.name) == ("parameter-type", "p")
