"""Inputs of a run: text from the command line, or Python values, made to fit the parameters.

The type of a parameter is its annotation, else the type of its default. Only types that a person
would write on a command line are known; for any other annotation a Python literal is read as one,
and other text stays text.
"""

from __future__ import annotations

import ast
import datetime
import decimal
import fractions
import json
import pathlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from cellweave.app.failures import parameter_type, unknown_parameter
from cellweave.convert.literals import text_of
from cellweave.runtime.errors import RuntimeFailure
from cellweave.runtime.parameters import coerce
from cellweave.workflow.model import Parameter

TRUE = frozenset({"true", "yes", "on", "1"})
FALSE = frozenset({"false", "no", "off", "0"})
CONTAINERS: dict[str, type] = {
    "list": list, "dict": dict, "tuple": tuple, "set": set, "frozenset": frozenset
}  # fmt: skip

WRITABLE = frozenset(
    {type(None), bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset}
    | {datetime.date, datetime.datetime, datetime.time, datetime.timedelta}
    | {decimal.Decimal, fractions.Fraction, pathlib.PurePosixPath, type(pathlib.Path())}
)


def from_text(given: Iterable[tuple[str, str]], parameters: Iterable[Parameter]) -> dict[str, Any]:
    """Make the values of `name=text` pairs. Raises `UsageError` naming the parameter."""
    known = {parameter.name: parameter for parameter in parameters}
    values: dict[str, Any] = {}
    for name, text in given:
        if name not in known:
            raise unknown_parameter(name, known)
        try:
            values[name] = _parse(text, known[name].type)
        except (ValueError, SyntaxError, RuntimeFailure) as error:
            raise parameter_type(name, text, known[name].type, error) from None
    return values


def checked(given: Mapping[str, Any], parameters: Iterable[Parameter]) -> dict[str, Any]:
    """Take Python values as they are, once it is sure that each is a parameter and can be written.

    A value travels as Python text, so it must be made of literals, dates included.
    """
    known = {parameter.name: parameter for parameter in parameters}
    for name, value in given.items():
        if name not in known:
            raise unknown_parameter(name, known)
        try:
            to_source(value)
        except ValueError as error:
            raise parameter_type(name, repr(value), known[name].type, error) from None
    return dict(given)


def to_source(value: Any) -> str:
    """Write a value as Python text that gives an equal value of the same type.

    Raises `ValueError` for what no literal can say.
    """
    for part in _parts(value):
        if type(part) not in WRITABLE:
            raise ValueError(f"a {type(part).__name__} cannot be written as a literal")
    return text_of(value)


def _parts(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, dict):
        value = [item for pair in value.items() for item in pair]
    if isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from _parts(item)


def _parse(text: str, annotation: str) -> Any:
    choices = [part.strip() for part in _alternatives(annotation)]
    if "None" in choices or "NoneType" in choices:
        if text in ("None", "null"):
            return None
        choices = [part for part in choices if part not in ("None", "NoneType")]
    failure: Exception | None = None
    for choice in choices:
        try:
            return _parse_one(text, choice)
        except (ValueError, SyntaxError, RuntimeFailure) as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return _literal_or_text(text)


def _alternatives(annotation: str) -> list[str]:
    """`Optional[int]` and `int | None` as their parts; what does not parse is one part."""
    try:
        node = ast.parse(annotation.strip(), mode="eval").body
    except SyntaxError:
        return [annotation]
    return [ast.unparse(part) for part in _flatten(node)]


def _flatten(node: ast.expr) -> list[ast.expr]:
    match node:
        case ast.Constant(value=str(text)):
            try:
                return _flatten(ast.parse(text, mode="eval").body)
            except SyntaxError:
                return [node]
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _flatten(left) + _flatten(right)
        case ast.Subscript(value=head, slice=inner):
            name = ast.unparse(head).rpartition(".")[2]
            if name == "Optional":
                return [*_flatten(inner), ast.Constant(None)]
            if name == "Union":
                parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                return [found for part in parts for found in _flatten(part)]
            if name in ("Annotated", "Final"):
                return _flatten(inner.elts[0] if isinstance(inner, ast.Tuple) else inner)
    return [node]


def _parse_one(text: str, annotation: str) -> Any:
    name, _, rest = annotation.partition("[")
    name = name.strip().rpartition(".")[2]
    if name == "Literal":
        return _one_of(text, ast.literal_eval("[" + rest))
    if simple := SIMPLE.get(name.lower() if name in ("List", "Dict", "Tuple", "Set") else name):
        return simple(text)
    kind = CONTAINERS.get(name.lower())
    if kind is None:
        return _literal_or_text(text)
    value = _literal(text)
    if kind in (tuple, set, frozenset) and isinstance(value, (list, tuple, set)):
        return kind(value)
    if not isinstance(value, kind):
        raise ValueError(f"it is a {type(value).__name__}")  # noqa: TRY004 - one kind of failure
    return value


def _one_of(text: str, choices: list[Any]) -> Any:
    for choice in choices:
        if text == choice or (not isinstance(choice, str) and text == repr(choice)):
            return choice
    raise ValueError("choose one of " + ", ".join(map(repr, choices)))


def _bool(text: str) -> bool:
    if text.lower() in TRUE:
        return True
    if text.lower() in FALSE:
        return False
    raise ValueError("write true or false")


def _timedelta(text: str) -> datetime.timedelta:
    try:
        seconds = float(text)
    except ValueError:
        found: datetime.timedelta = coerce("", text, "timedelta")
        return found
    return datetime.timedelta(seconds=seconds)


def _decimal(text: str) -> decimal.Decimal:
    try:
        return decimal.Decimal(text)
    except decimal.InvalidOperation as error:
        raise ValueError("it is not a number") from error


def _bytes(text: str) -> bytes:
    value = _literal_or_text(text)
    return value if isinstance(value, bytes) else text.encode()


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError):
        return json.loads(text)


def _literal_or_text(text: str) -> Any:
    try:
        return _literal(text)
    except (ValueError, SyntaxError):
        return text


SIMPLE: dict[str, Callable[[str], Any]] = {
    "str": str,
    "int": int,
    "float": float,
    "complex": complex,
    "bool": _bool,
    "bytes": _bytes,
    "date": datetime.date.fromisoformat,
    "datetime": datetime.datetime.fromisoformat,
    "time": datetime.time.fromisoformat,
    "timedelta": _timedelta,
    "Decimal": _decimal,
    "Fraction": fractions.Fraction,
    "Path": pathlib.Path,
    "PurePath": pathlib.PurePath,
    "PosixPath": pathlib.Path,
}
