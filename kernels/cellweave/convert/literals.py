"""Parameters as text: the first cell of a task notebook, which papermill reads and overrides.

That cell runs before any setup, so a default must need no import: `date(2024, 1, 1)` becomes
`__import__("datetime").date(2024, 1, 1)`. papermill writes dates and tuples as strings; `kinds`
says what the runtime has to make of them.
"""

from __future__ import annotations

import ast
import builtins
import datetime
import decimal
import fractions
import pathlib
from collections.abc import Iterable
from typing import Any

from cellweave.notebook.parameters import Parameter

BUILTINS = frozenset(dir(builtins))
NOT_JSON = frozenset(
    ("date", "datetime", "time", "timedelta", "tuple", "set", "frozenset", "bytes", "complex")
)
"""Kinds that papermill can only write as text."""
KINDS = NOT_JSON | {"int", "float", "str", "bool", "list", "dict", "none"}
"""What the runtime can make of a value that came as text."""
EMPTY = {"set": "set()", "frozenset": "frozenset()"}


def assignment(parameter: Parameter) -> str:
    """Give the line that binds a parameter to its default in the first cell."""
    text = default(parameter)
    if parameter.type in ("", "None", type(parameter.value).__name__):
        return f"{parameter.name} = {text}"
    if _needs_no_import(parameter.type):
        return f"{parameter.name}: {parameter.type} = {text}"
    if "\n" in text or "\n" in parameter.type:
        return f"{parameter.name} = {text}"
    return f"{parameter.name} = {text}  # type: {parameter.type}"


def default(parameter: Parameter) -> str:
    """Give the default as an expression that needs no import."""
    return parameter.source if _needs_no_import(parameter.source) else text_of(parameter.value)


def text_of(value: Any) -> str:
    """Write a value that `notebook.parameters` takes for a literal as an expression."""
    match value:
        case list():
            return f"[{_joined(value)}]"
        case tuple():
            return f"({_joined(value)}{',' if len(value) == 1 else ''})"
        case frozenset():
            return f"frozenset({{{_joined(_sorted(value))}}})" if value else EMPTY["frozenset"]
        case set():
            return f"{{{_joined(_sorted(value))}}}" if value else EMPTY["set"]
        case dict():
            pairs = (f"{text_of(key)}: {text_of(item)}" for key, item in value.items())
            return f"{{{', '.join(pairs)}}}"
        case datetime.date() | datetime.time() | datetime.timedelta() | datetime.tzinfo():
            return repr(value).replace("datetime.", '__import__("datetime").')
        case decimal.Decimal():
            return f'__import__("decimal").{value!r}'
        case fractions.Fraction():
            return f'__import__("fractions").{value!r}'
        case pathlib.PurePath():
            kind = "Path" if isinstance(value, pathlib.Path) else type(value).__name__
            return f'__import__("pathlib").{kind}({str(value)!r})'
        case float() if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124
            return f'float("{value}")'
    return repr(value)


def _joined(values: Iterable[Any]) -> str:
    return ", ".join(text_of(value) for value in values)


def _sorted(values: Iterable[Any]) -> list[Any]:
    """Sets have no order of their own; the same notebook must give the same bytes."""
    return sorted(values, key=lambda value: (type(value).__name__, repr(value)))


def _needs_no_import(source: str) -> bool:
    try:
        tree = ast.parse(source.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return all(node.id in BUILTINS for node in ast.walk(tree) if isinstance(node, ast.Name))


def kinds(parameter: Parameter) -> str:
    """Give what the runtime coerces a value of this parameter to: `date`, `int|none`, or nothing.

    Only what papermill cannot write is coerced: with `rate: float = 1` a plain run has an int too.
    """
    try:
        tree = ast.parse(parameter.type.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError):
        return ""
    found = list(dict.fromkeys(_kinds(tree.body)))
    return "|".join(found) if NOT_JSON.intersection(found) and "" not in found else ""


def _kinds(node: ast.expr) -> Iterable[str]:
    match node:
        case ast.Constant(value=None):
            yield "none"
        case ast.Constant(value=str(text)):
            try:
                yield from _kinds(ast.parse(text.strip(), mode="eval").body)
            except (SyntaxError, ValueError, RecursionError):
                yield ""
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            yield from _kinds(left)
            yield from _kinds(right)
        case ast.Subscript(value=base, slice=inner):
            name = _last(base)
            if name == "optional":
                yield from _kinds(inner)
                yield "none"
            elif name == "union" and isinstance(inner, ast.Tuple):
                for item in inner.elts:
                    yield from _kinds(item)
            else:
                yield from _kinds(base)
        case _:
            name = _last(node)
            yield name if name in KINDS else ""


def _last(node: ast.expr) -> str:
    """Give the last part of `dt.date` or `date`, in lower case."""
    if isinstance(node, ast.Attribute):
        return node.attr.lower()
    return node.id.lower() if isinstance(node, ast.Name) else ""
