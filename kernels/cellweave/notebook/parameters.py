"""Parameters: what the cell with papermill's tag `parameters` binds, and the literals among them.

    start: date = date(2024, 1, 1)     a literal: its value is known without running anything
    sizes = [1, -2, None]              so is this
    end = start + timedelta(days=7)    not a literal: evaluated once a run, then carried

Nothing of the notebook is executed. A literal is what `ast.literal_eval` takes, arithmetic on
numbers, and calls of the constructors in `BUILTINS` and `IMPORTED` with literal arguments.
"""

from __future__ import annotations

import ast
import datetime as dt
import functools
import importlib
import operator
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter of the notebook. `line` counts within the parameters cell."""

    name: str
    source: str
    """Python text of the default."""
    type: str = ""
    """The annotation's text, else the name of the default's type; empty where neither is known."""
    literal: bool = False
    """The default's value is known; otherwise it is evaluated once a run."""
    value: Any = None
    """The default, where it is a literal."""
    line: int = 0
    description: str = ""
    """The comment behind the default, as papermill shows it."""


BUILTINS: Final[Mapping[str, Callable[..., Any]]] = {
    kind.__name__: kind
    for kind in (bool, bytes, complex, dict, float, frozenset, int, list, set, str, tuple)
}
IMPORTED: Final = frozenset(
    {
        "datetime.date",
        "datetime.date.fromisoformat",
        "datetime.datetime",
        "datetime.datetime.fromisoformat",
        "datetime.time",
        "datetime.timedelta",
        "datetime.timezone",
        "decimal.Decimal",
        "fractions.Fraction",
        "pathlib.Path",
        "pathlib.PurePath",
        "pathlib.PurePosixPath",
    }
)
"""Constructors whose result depends on their arguments alone, once the notebook imported them."""
CONSTANTS: Final = frozenset({"datetime.timezone.utc", "datetime.UTC"})
UNARY: Final[Mapping[type, Callable[[Any], Any]]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
    ast.Not: operator.not_,
}
BINARY: Final[Mapping[type, Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
LARGEST = 10**6
"""Operands of `*` and `**` beyond this are left to the run, as `9 ** 9 ** 9` would hang here."""
LARGEST_POWER = 64
MAGIC = re.compile(r"^[ \t]*[%!].*$", re.MULTILINE)
TYPE_COMMENT = re.compile(r"#[ \t]*type:[ \t]*([^#\n]+)")
COMMENT = re.compile(r"[ \t]*;?[ \t]*#(.*)")


class NotLiteral(Exception):
    """The expression is not a literal."""


def find_parameters(source: str, before: Iterable[str] = ()) -> tuple[Parameter, ...]:
    """Read a parameters cell; `before` are the sources of the code cells above it, for imports.

    A cell that does not parse has no parameters (`parse-error` says so elsewhere).
    """
    tree = _tree(source)
    if tree is None:
        return ()
    names: dict[str, str] = {}
    for text in before:
        if (above := _tree(text)) is not None:
            _learn(above.body, names)
    lines = source.split("\n")
    found: dict[str, Parameter] = {}
    for statement in tree.body:
        _learn([statement], names)
        bound = dict(_bindings(statement))
        for name in _touched(statement) & found.keys() - bound.keys():
            found[name] = _opened(found[name])
        for name, (value, annotation) in bound.items():
            found.pop(name, None)
            found[name] = _parameter(name, value, annotation, source, lines, names)
    return tuple(found.values())


def _tree(source: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd escapes are the user's own matter
            return ast.parse(MAGIC.sub("", source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _learn(statements: Iterable[ast.stmt], names: dict[str, str]) -> None:
    """Note what imports bind names to; whatever else binds a name makes it unknown (`""`)."""
    for node in statements:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                names[name] = alias.name if alias.asname else name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names[node.name] = ""
        else:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                    names[inner.id] = ""


def _bindings(node: ast.stmt) -> Iterable[tuple[str, tuple[ast.expr, ast.expr | None]]]:
    """Give the names that a statement binds to an expression each: `a = b = 1`, `a, b = 1, 2`."""
    if isinstance(node, ast.AnnAssign):
        if node.value is not None and isinstance(node.target, ast.Name):
            yield node.target.id, (node.value, node.annotation)
        return
    if not isinstance(node, ast.Assign):
        return
    for target in node.targets:
        if isinstance(target, ast.Name):
            yield target.id, (node.value, None)
        elif isinstance(target, ast.Tuple | ast.List) and isinstance(
            node.value, ast.Tuple | ast.List
        ):
            pairs = zip(target.elts, node.value.elts, strict=False)
            plain = all(isinstance(t, ast.Name) for t in target.elts)
            starred = any(isinstance(v, ast.Starred) for v in node.value.elts)
            if plain and not starred and len(target.elts) == len(node.value.elts):
                for name, value in pairs:
                    if isinstance(name, ast.Name):
                        yield name.id, (value, None)


def _touched(statement: ast.stmt) -> set[str]:
    """Give the names whose value may be another after the statement than before it.

    Reading an immutable is harmless and common (`end = start + week`), so a bare read in an
    expression does not count; a target, a method call and an argument do.
    """
    touched: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            touched.add(node.id)
        elif isinstance(node, ast.Attribute | ast.Subscript):
            if not isinstance(node.ctx, ast.Load):
                touched |= _root(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            touched |= _root(node.func)
    return touched


def _root(node: ast.expr) -> set[str]:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def _opened(parameter: Parameter) -> Parameter:
    """The cell itself changes it further: what it is then, only running the cell can tell."""
    return msgspec.structs.replace(parameter, literal=False, value=None)


def _parameter(
    name: str,
    value: ast.expr,
    annotation: ast.expr | None,
    source: str,
    lines: list[str],
    names: Mapping[str, str],
) -> Parameter:
    text = ast.get_source_segment(source, value) or ast.unparse(value)
    if isinstance(value, ast.Tuple) and not text.startswith("("):
        text = f"({text})"
    comment = _comment(value, lines)
    type_comment = TYPE_COMMENT.match(comment)
    literal = True
    constant: Any = None
    try:
        constant = _literal(value, names)
    except NotLiteral:
        literal = False
    if annotation is not None:
        kind = ast.unparse(annotation)
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            kind = annotation.value
    elif type_comment:
        kind = type_comment.group(1).strip()
    else:
        kind = _type_name(constant) if literal else ""
    return Parameter(
        name=name,
        source=text,
        type=kind,
        literal=literal,
        value=constant,
        line=value.lineno,
        description="" if type_comment else comment.lstrip("# \t").strip(),
    )


def _type_name(value: Any) -> str:
    if value is None:
        return "None"
    return "Path" if isinstance(value, Path) else type(value).__name__


def _comment(value: ast.expr, lines: list[str]) -> str:
    """Give the comment that ends the line of the default, with its `#`, or the empty string."""
    if value.end_lineno is None or value.end_col_offset is None:
        return ""
    line = lines[value.end_lineno - 1].encode()[value.end_col_offset :].decode(errors="replace")
    match = COMMENT.match(line.lstrip(")"))
    return f"#{match.group(1)}".rstrip() if match else ""


def _literal(node: ast.expr, names: Mapping[str, str]) -> Any:
    """Give the value of a literal, or raise `NotLiteral`."""
    try:
        return _fold(node, names)
    except NotLiteral:
        raise
    except Exception as error:  # a constructor that refuses (`date(2024, 13, 1)`) fails at run time
        raise NotLiteral from error


def _fold(node: ast.expr, names: Mapping[str, str]) -> Any:
    match node:
        case ast.Constant(value=value) if value is not ...:
            return value
        case ast.Tuple(elts=items):
            return tuple(_items(items, names))
        case ast.List(elts=items):
            return _items(items, names)
        case ast.Set(elts=items):
            return set(_items(items, names))
        case ast.Dict(keys=keys, values=values):
            if None in keys:
                raise NotLiteral
            given = [k for k in keys if k is not None]
            return dict(zip(_items(given, names), _items(values, names), strict=True))
        case ast.UnaryOp(op=op, operand=operand):
            return UNARY[type(op)](_fold(operand, names))
        case ast.BinOp(left=left, op=op, right=right):
            return _arithmetic(op, _fold(left, names), _fold(right, names))
        case ast.JoinedStr(values=parts) if all(isinstance(p, ast.Constant) for p in parts):
            return "".join(_items(parts, names))
        case ast.Attribute() if (dotted := _dotted(node, names)) in CONSTANTS:
            return _resolve(dotted)
        case ast.Call(func=func, args=args, keywords=keywords):
            return _call(_dotted(func, names), args, keywords, names)
    raise NotLiteral


@functools.cache
def _resolve(dotted: str) -> Any:
    """Import what a dotted name stands for; only names of the lists above come here."""
    module, *attributes = dotted.split(".")
    return functools.reduce(getattr, attributes, importlib.import_module(module))


def _items(nodes: Iterable[ast.expr], names: Mapping[str, str]) -> list[Any]:
    return [_fold(node, names) for node in nodes]


def _arithmetic(op: ast.operator, left: Any, right: Any) -> Any:
    if type(op) not in BINARY:
        raise NotLiteral
    texts = isinstance(left, str | bytes) and isinstance(right, str | bytes)
    if texts and isinstance(op, ast.Add):
        return left + right
    if not all(isinstance(n, int | float | complex | dt.timedelta) for n in (left, right)):
        raise NotLiteral
    if isinstance(op, ast.Pow) and (abs(left) > LARGEST or abs(right) > LARGEST_POWER):
        raise NotLiteral
    return BINARY[type(op)](left, right)


def _call(
    name: str, args: list[ast.expr], keywords: list[ast.keyword], names: Mapping[str, str]
) -> Any:
    if (name not in BUILTINS and name not in IMPORTED) or any(k.arg is None for k in keywords):
        raise NotLiteral
    values = {str(k.arg): _fold(k.value, names) for k in keywords}
    arguments = _items(args, names)
    if name == "bytes" and any(isinstance(a, int) and a > LARGEST for a in arguments):
        raise NotLiteral
    make = BUILTINS[name] if name in BUILTINS else _resolve(name)
    return make(*arguments, **values)


def _dotted(node: ast.expr, names: Mapping[str, str]) -> str:
    """Give what an expression such as `dt.date` is called by its module, or the empty string."""
    if isinstance(node, ast.Attribute):
        base = _dotted(node.value, names)
        return f"{base}.{node.attr}" if base else ""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id if node.id in BUILTINS else "")
    return ""
