"""Python's scoping rules: which names a function binds itself, and what a body may refer to."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from cellweave.dataflow.heap import Binding

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Names:
    """What one function's own body says of its names."""

    __slots__ = ("bound", "global_", "nonlocal_", "used", "yields")

    def __init__(self) -> None:
        self.bound: set[str] = set()
        self.global_: set[str] = set()
        self.nonlocal_: set[str] = set()
        self.used: set[str] = set()
        """Every name loaded in the body or in anything nested in it."""
        self.yields = False


class Scope:
    """The local names of a running function, a class body or a comprehension."""

    __slots__ = ("closure", "first", "func", "kind", "names", "owner", "parent", "vars")

    def __init__(
        self, kind: str, names: Names, parent: Scope | None, func: Any = None, owner: Any = None
    ) -> None:
        self.kind = kind
        self.names = names
        self.parent = parent
        self.func = func
        """The function object that is running."""
        self.owner = owner
        """The class whose body the function stands in, for `super()`."""
        self.vars: dict[str, Binding] = {}
        self.closure: Any = None
        """The object that stands for its variables, once a function inside captures any."""
        self.first: str = ""
        """The name of its first parameter: `self`."""


def names_of(node: ast.AST) -> Names:
    """Scan a function or class body (its own scope only, for binding)."""
    names = Names()
    if isinstance(node, FunctionNode):
        args = node.args
        for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs):
            names.bound.add(arg.arg)
        if args.vararg:
            names.bound.add(args.vararg.arg)
        if args.kwarg:
            names.bound.add(args.kwarg.arg)
        body: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else list(node.body)
    else:
        body = list(getattr(node, "body", []))
    for child in body:
        _scan(child, names, own=True)
    names.bound -= names.global_ | names.nonlocal_
    return names


def walk_names(nodes: Iterable[ast.AST]) -> set[str]:
    """Every name that stands anywhere in `nodes`, loaded or bound."""
    return {n.id for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name)}


_NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_LEAVES = frozenset({ast.Constant, ast.Pass, ast.Break, ast.Continue, ast.Load, ast.Store, ast.Del})


def _scan(node: ast.AST, names: Names, *, own: bool) -> None:
    todo: list[tuple[ast.AST, bool]] = [(node, own)]
    while todo:
        item, mine = todo.pop()
        kind = type(item)
        if kind is ast.Name:
            if type(item.ctx) is ast.Load:  # type: ignore[attr-defined]
                names.used.add(item.id)  # type: ignore[attr-defined]
            elif mine:
                names.bound.add(item.id)  # type: ignore[attr-defined]
            continue
        if mine:
            binder = _BINDERS.get(kind)
            if binder is not None:
                binder(item, names)
        inner = mine and kind not in _NESTED and kind not in _COMPREHENSIONS
        for field in item._fields:
            value = getattr(item, field, None)
            if type(value) is list:
                for child in value:
                    if isinstance(child, ast.AST) and type(child) not in _LEAVES:
                        todo.append((child, inner))  # noqa: PERF401 - the hot loop of the scan
            elif isinstance(value, ast.AST) and type(value) not in _LEAVES:
                todo.append((value, inner))


def _bind_walrus(node: ast.AST, names: Names) -> None:
    """`:=` inside a comprehension binds in the function around it."""
    todo = [node]
    while todo:
        child = todo.pop()
        if isinstance(child, ast.NamedExpr) and isinstance(child.target, ast.Name):
            names.bound.add(child.target.id)
        todo.extend(c for c in ast.iter_child_nodes(child) if not isinstance(c, ast.Lambda))


def _bind_import(node: ast.Import | ast.ImportFrom, names: Names) -> None:
    for alias in node.names:
        names.bound.add(alias.asname or alias.name.split(".")[0])


def _bind_named(node: Any, names: Names) -> None:
    if node.name:
        names.bound.add(node.name)


def _bind_rest(node: ast.MatchMapping, names: Names) -> None:
    if node.rest:
        names.bound.add(node.rest)


def _yields(_: ast.AST, names: Names) -> None:
    names.yields = True


_COMPREHENSIONS = frozenset({ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp})
_BINDERS: dict[type, Callable[[Any, Names], None]] = {
    ast.FunctionDef: _bind_named,
    ast.AsyncFunctionDef: _bind_named,
    ast.ClassDef: _bind_named,
    ast.ExceptHandler: _bind_named,
    ast.MatchAs: _bind_named,
    ast.MatchStar: _bind_named,
    ast.MatchMapping: _bind_rest,
    ast.Import: _bind_import,
    ast.ImportFrom: _bind_import,
    ast.Global: lambda node, names: names.global_.update(node.names),
    ast.Nonlocal: lambda node, names: names.nonlocal_.update(node.names),
    ast.Yield: _yields,
    ast.YieldFrom: _yields,
    **dict.fromkeys(_COMPREHENSIONS, _bind_walrus),
}
