"""Which statements replay identically in any process, judged one by one from their syntax.

Imports, definitions, literals and literal configuration may become *setup*: source that is
repeated in every task that needs it, instead of a value that travels. This module only proposes;
`roles.py` decides once it is known that nothing rebinds or changes what they bind.
"""

from __future__ import annotations

import ast
from typing import Final

import msgspec

from cellweave.dataflow.effects.model import Effect
from cellweave.dataflow.facts import ItemKind
from cellweave.dataflow.magics import OPTION_MAGICS
from cellweave.dataflow.scopes import names_of, walk_names
from cellweave.dataflow.source import MAGIC
from cellweave.dataflow.specials import Interpreter

REPLAYED_DECORATORS: Final = frozenset(
    {
        "functools.lru_cache", "functools.cache", "functools.wraps", "functools.cached_property",
        "functools.total_ordering", "functools.singledispatch", "dataclasses.dataclass",
        "contextlib.contextmanager", "contextlib.asynccontextmanager", "abc.abstractmethod",
        "builtins.staticmethod", "builtins.classmethod", "builtins.property", "enum.unique",
        "typing.final", "typing.overload", "typing.runtime_checkable", "typing.no_type_check",
        "numba.jit", "numba.njit", "attr.s", "attr.define", "attrs.define", "attrs.frozen",
        "warnings.deprecated", "typing.override",
    }
)  # fmt: skip
REPLAYED_CALLS: Final = frozenset(
    {
        "collections.namedtuple", "typing.NamedTuple", "typing.TypeVar", "typing.NewType",
        "typing.TypedDict", "re.compile", "pathlib.Path", "pathlib.PurePath", "datetime.date",
        "datetime.datetime", "datetime.time", "datetime.timedelta", "decimal.Decimal",
        "fractions.Fraction", "builtins.frozenset", "builtins.complex", "builtins.float",
        "builtins.int", "builtins.str", "builtins.bool", "builtins.bytes", "builtins.tuple",
        "enum.Enum", "dataclasses.field", "enum.auto", "pandas.Timestamp", "pandas.Timedelta",
        "builtins.object",
    }
)  # fmt: skip


OPTIONS: Final = ("~option:", "~sys.path", "~warnings", "~logging")
"""Channels whose setting is configuration; a seed or a working directory is state instead."""


class Candidate(msgspec.Struct, frozen=True):
    """A statement that would replay identically if what it needs does."""

    line: int
    end_line: int
    kind: ItemKind
    binds: tuple[str, ...]
    needs: frozenset[str]
    """Names that must be there when it runs: decorators, bases, defaults, arguments."""
    mentions: frozenset[str]
    """Names that its bodies use when they are called."""
    text: str = ""
    """Its source, where it shares a line with another statement; else its lines are its source."""


def candidate(
    statement: ast.stmt, walk: Interpreter, *, named: bool, bound: frozenset[str] = frozenset()
) -> Candidate | None:
    """Propose `statement` as setup.

    `named`: its cell names its task, so only imports count. `bound`: what the cell's proposals so
    far bind; arithmetic on those is as good as a literal.
    """
    proposal = _import(statement) or _config(statement, walk)
    if proposal is None and not named:
        proposal = _definition(statement, walk) or _literal(statement, walk, bound)
    if proposal is None:
        return None
    kind, binds, needs, mentions = proposal
    first = min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", []))])
    return Candidate(
        first,
        statement.end_lineno or first,
        kind,
        tuple(binds),
        frozenset(needs),
        frozenset(mentions),
    )


_Proposal = tuple[ItemKind, list[str], set[str], set[str]]


def _import(statement: ast.stmt) -> _Proposal | None:
    if isinstance(statement, ast.Import):
        return (
            "import",
            [a.asname or a.name.partition(".")[0] for a in statement.names],
            set(),
            set(),
        )
    if isinstance(statement, ast.ImportFrom):
        return "import", [a.asname or a.name for a in statement.names], set(), set()
    if isinstance(statement, ast.Try) and not statement.finalbody:
        binds: list[str] = []
        bodies = [statement.body, statement.orelse, *(h.body for h in statement.handlers)]
        for inner in (s for body in bodies for s in body):
            if (
                isinstance(inner, ast.Assign)
                and is_literal(inner.value)
                and isinstance(inner.targets[0], ast.Name)
            ):
                binds.append(inner.targets[0].id)
            elif isinstance(inner, ast.Pass):
                continue
            elif (found := _import(inner)) is not None:
                binds.extend(found[1])
            else:
                return None
        if any(isinstance(s, ast.Import | ast.ImportFrom) for s in statement.body):
            return "import", list(dict.fromkeys(binds)), set(), set()
    return None


def _definition(statement: ast.stmt, walk: Interpreter) -> _Proposal | None:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        needs = _function_needs(statement, walk)
        if needs is None:
            return None
        names = names_of(statement)
        return "definition", [statement.name], needs, names.used - names.bound - needs
    if isinstance(statement, ast.ClassDef):
        return _class(statement, walk)
    if not (isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Lambda)):
        return None
    if len(statement.targets) != 1 or not isinstance(statement.targets[0], ast.Name):
        return None
    needs = _defaults(statement.value.args)
    if needs is None:
        return None
    names = names_of(statement.value)
    return "definition", [statement.targets[0].id], needs, names.used - names.bound


def _function_needs(
    node: ast.FunctionDef | ast.AsyncFunctionDef, walk: Interpreter
) -> set[str] | None:
    needs = _defaults(node.args)
    if needs is None:
        return None
    for decorator in node.decorator_list:
        if not _replayed_decorator(decorator, walk):
            return None
        needs |= walk_names([decorator])
    args = node.args
    annotations = [
        a.annotation for a in (*args.posonlyargs, *args.args, *args.kwonlyargs) if a.annotation
    ]
    needs |= walk_names([a for a in (*annotations, node.returns) if a is not None])
    return needs


def _defaults(args: ast.arguments) -> set[str] | None:
    needs: set[str] = set()
    for default in (*args.defaults, *(d for d in args.kw_defaults if d is not None)):
        if is_literal(default, mutable=False):
            continue
        if isinstance(default, ast.Name | ast.Attribute):
            needs |= walk_names([default])
            continue
        return None
    return needs


def _replayed_decorator(node: ast.expr, walk: Interpreter) -> bool:
    if isinstance(node, ast.Call):
        return (
            all(is_literal(a) for a in node.args)
            and all(is_literal(k.value) for k in node.keywords)
            and _replayed_decorator(node.func, walk)
        )
    if isinstance(node, ast.Attribute) and node.attr in ("setter", "getter", "deleter", "register"):
        return node.attr != "register"
    return walk.qualified(node) in REPLAYED_DECORATORS


def _class(node: ast.ClassDef, walk: Interpreter) -> _Proposal | None:
    needs = walk_names([*node.bases, *(k.value for k in node.keywords)])
    for base in node.bases:
        if any(isinstance(part, ast.Call) for part in ast.walk(base)):
            return None
    mentions: set[str] = set()
    own: set[str] = set()
    for decorator in node.decorator_list:
        if not _replayed_decorator(decorator, walk):
            return None
        needs |= walk_names([decorator])
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = _function_needs(statement, walk)
            if inner is None:
                return None
            needs |= inner - own
            names = names_of(statement)
            mentions |= names.used - names.bound
            own.add(statement.name)
        elif isinstance(statement, ast.ClassDef):
            found = _class(statement, walk)
            if found is None:
                return None
            needs |= found[2] - own
            mentions |= found[3]
            own.add(statement.name)
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            if statement.value is not None and not _replays(statement.value, walk):
                return None
            if isinstance(statement, ast.AnnAssign):
                needs |= walk_names([statement.annotation]) - own
            if statement.value is not None:
                needs |= walk_names([statement.value]) - own
            own |= _targets(statement) or set()
        elif not (
            isinstance(statement, ast.Pass)
            or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        ):
            return None
    return "definition", [node.name], needs, mentions - own - {node.name}


def _targets(statement: ast.stmt) -> set[str] | None:
    targets = (
        statement.targets
        if isinstance(statement, ast.Assign)
        else [statement.target]
        if isinstance(statement, ast.AnnAssign)
        else []
    )
    names: set[str] = set()
    for target in targets:
        for item in target.elts if isinstance(target, ast.Tuple | ast.List) else [target]:
            if not isinstance(item, ast.Name):
                return None
            names.add(item.id)
    return names


def _replays(node: ast.expr, walk: Interpreter) -> bool:
    """A literal, or a pure maker of an immutable value called with literals."""
    if is_literal(node):
        return True
    if isinstance(node, ast.Call) and walk.qualified(node.func) in REPLAYED_CALLS:
        return all(_replays(a, walk) or _library_name(a, walk) for a in node.args) and all(
            _replays(k.value, walk) or _library_name(k.value, walk) for k in node.keywords
        )
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return all(_replays(item, walk) or _definition_name(item, walk) for item in node.elts)
    if isinstance(node, ast.Dict):
        return all(k is not None and is_literal(k) for k in node.keys) and all(
            _replays(v, walk) or _definition_name(v, walk) for v in node.values
        )
    return False


def _definition_name(node: ast.expr, walk: Interpreter) -> bool:
    """A name of functions, classes or library objects: `OPS = {"inc": inc}` replays with `inc`."""
    if not isinstance(node, ast.Name | ast.Attribute):
        return False
    if isinstance(node, ast.Attribute):
        return _library_name(node, walk)
    binding = walk.env.get(node.id) or walk.incoming(node.id)
    return (
        binding is not None
        and bool(binding.value)
        and all(o.kind in ("func", "class", "lib", "module") for o in binding.value)
    )


def _computed(node: ast.expr, walk: Interpreter, bound: frozenset[str]) -> bool:
    """Arithmetic on constants of the same cell: `LIMIT = BASE * 2`, `PATH = f"{ROOT}/in"`."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Name):
        binding = walk.env.get(node.id)
        return node.id in bound and binding is not None and not binding.value
    if isinstance(node, ast.BinOp):
        return _computed(node.left, walk, bound) and _computed(node.right, walk, bound)
    if isinstance(node, ast.UnaryOp):
        return _computed(node.operand, walk, bound)
    if isinstance(node, ast.JoinedStr):
        return all(_computed(part, walk, bound) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _computed(node.value, walk, bound) and node.format_spec is None
    if isinstance(node, ast.Tuple):
        return all(_computed(part, walk, bound) for part in node.elts)
    return False


def _library_name(node: ast.expr, walk: Interpreter) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) and bool(walk.qualified(node))


def _literal(statement: ast.stmt, walk: Interpreter, bound: frozenset[str]) -> _Proposal | None:
    if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
        names = _targets(statement)
        if names and (_replays(statement.value, walk) or _computed(statement.value, walk, bound)):
            needs = walk_names([statement.value])
            if isinstance(statement, ast.AnnAssign):
                needs |= walk_names([statement.annotation])
            return "literal", sorted(names), needs - names, set()
    return None


def _config(statement: ast.stmt, walk: Interpreter) -> _Proposal | None:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        if isinstance(call.func, ast.Name) and call.func.id == MAGIC:
            name = walk.constant(call.args[0])
            return ("config", [], set(), set()) if name in OPTION_MAGICS else None
        qualified = walk.qualified(call.func)
        effect = walk.tables.function(qualified) if qualified else _logger_method(call.func, walk)
        if (
            effect is None
            or not effect.config
            or not all(channel.startswith(OPTIONS) for channel in effect.sets)
        ):
            return None
        given = [*call.args, *(k.value for k in call.keywords)]
        if all(is_literal(arg) or _library_name(arg, walk) for arg in given):
            return "config", [], walk_names([call]), set()
        return None
    if (
        isinstance(statement, ast.Assign)
        and len(statement.targets) == 1
        and is_literal(statement.value)
    ):
        target = statement.targets[0]
        owner: ast.expr | None = None
        if isinstance(target, ast.Subscript) and is_literal(target.slice):
            owner = target.value
            if not walk.qualified(owner).endswith("rcParams"):
                return None
        elif isinstance(target, ast.Attribute):
            owner = target.value.func if isinstance(target.value, ast.Call) else target.value
            if not walk.qualified(owner).startswith(
                ("pandas.options", "matplotlib.", "pandas.plotting", "decimal.getcontext")
            ):
                return None
        if owner is not None:
            return "config", [], walk_names([target]), set()
    return None


def _logger_method(func: ast.expr, walk: Interpreter) -> Effect | None:
    """`logging.getLogger("x").setLevel(10)`"""
    if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Call):
        maker = func.value
        if walk.qualified(maker.func) == "logging.getLogger" and all(
            is_literal(arg) for arg in maker.args
        ):
            return walk.tables.method("logging.Logger", func.attr)
    return None


def is_literal(node: ast.expr, *, mutable: bool = True) -> bool:
    """A constant, or (unless `mutable` is off) a display of constants of any depth."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd | ast.Invert):
        return isinstance(node.operand, ast.Constant)
    if isinstance(node, ast.Tuple):
        return all(is_literal(item, mutable=mutable) for item in node.elts)
    if not mutable:
        return False
    if isinstance(node, ast.List | ast.Set):
        return all(is_literal(item) for item in node.elts)
    if isinstance(node, ast.Dict):
        return all(k is not None and is_literal(k) for k in node.keys) and all(
            is_literal(v) for v in node.values
        )
    if isinstance(node, ast.BinOp) and isinstance(
        node.op, ast.Add | ast.Sub | ast.Mult | ast.Pow | ast.Div
    ):
        numbers = (node.left, node.right)
        return all(
            isinstance(n, ast.Constant) and isinstance(n.value, int | float | complex)
            for n in numbers
        )
    return False
