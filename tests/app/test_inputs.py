"""Inputs of a run, from text and from Python values."""

from __future__ import annotations

import datetime
import math

import pytest

from cellweave.app.inputs import checked, from_text, to_source
from cellweave.diagnostics.errors import UsageError
from cellweave.workflow.model import Parameter


def parameter(type: str, name: str = "x") -> Parameter:
    return Parameter(name=name, source="...", type=type)


@pytest.mark.parametrize(
    ("type", "text", "value"),
    [
        ("int", "-3", -3),
        ("float", "1e-3", 1e-3),
        ("float", "2", 2.0),
        ("bool", "false", False),
        ("bool", "Yes", True),
        ("str", "007", "007"),
        ("str", "a=b \"c\" 'd'", "a=b \"c\" 'd'"),
        ("date", "2024-02-29", datetime.date(2024, 2, 29)),
        ("datetime.datetime", "2024-02-29T01:02", datetime.datetime(2024, 2, 29, 1, 2)),  # noqa: DTZ001
        ("list", "[1, 'a', None]", [1, "a", None]),
        ("list[int]", "[1, 2]", [1, 2]),
        ("dict", '{"a": true}', {"a": True}),
        ("tuple", "[1, 2]", (1, 2)),
        ("int | None", "None", None),
        ("int | None", "5", 5),
        ("Optional[str]", "5", "5"),
        ("NoneType", "none of these", "none of these"),
        ("NoneType", "None", None),
        ("Literal['fast', 'slow']", "fast", "fast"),
        ("'int'", "4", 4),
        ("Annotated[int, 'rows']", "4", 4),
        ("SomeClass", "3", 3),
        ("SomeClass", "hello", "hello"),
    ],
)
def test_text_is_read_by_the_type_of_the_parameter(type, text, value):
    got = from_text([("x", text)], [parameter(type)])["x"]

    assert got == value
    assert isinstance(got, value.__class__)


@pytest.mark.parametrize(
    ("type", "text"),
    [
        ("int", "three"),
        ("int", "1.5"),
        ("bool", "maybe"),
        ("date", "29.2.2024"),
        ("list", "{}"),
        ("list", "[1"),
        ("Literal['fast', 'slow']", "medium"),
    ],
)
def test_text_that_does_not_fit_names_the_parameter_and_its_type(type, text):
    with pytest.raises(UsageError) as caught:
        from_text([("x", text)], [parameter(type)])

    assert caught.value.status == 2
    assert caught.value.diagnostics[0].code == "parameter-type"
    assert "`x`" in str(caught.value)
    assert type in str(caught.value)


def test_an_unknown_parameter_gets_the_nearest_name_as_advice():
    with pytest.raises(UsageError, match="did you mean `start`") as caught:
        from_text([("strat", "1")], [parameter("int", "start")])

    assert caught.value.diagnostics[0].code == "unknown-parameter"


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -7,
        1e-300,
        math.inf,
        'it\'s a \\ "test"\n',
        b"\x00\xff",
        [1, (2,), ()],
        {"a": {1, 2}, None: [True]},
        3 - 4j,
        datetime.date(2024, 2, 29),
        datetime.datetime(2024, 2, 29, 1, 2, tzinfo=datetime.UTC),
        datetime.time(1, 2, 3),
    ],
)
def test_a_value_written_as_python_text_comes_back_equal(value):
    back = eval(to_source(value))

    assert back == value
    assert type(back) is type(value)


def test_a_python_value_that_cannot_be_written_is_refused():
    with pytest.raises(UsageError, match="cannot be written as a literal"):
        checked({"x": object()}, [parameter("object")])
