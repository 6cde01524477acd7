"""Python's scoping rules: which names a function binds itself, and what a body may refer to."""

from __future__ import annotations

import ast
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

    __slots__ = ("first", "func", "kind", "names", "owner", "parent", "vars")

    def __init__(self, kind: str, names: Names, parent: Scope | None, func: Any = None, owner: Any = None) -> None:
        self.kind = kind
        self.names = names
        self.parent = parent
        self.func = func
        """The function object that is running."""
        self.owner = owner
        """The class whose body the function stands in, for `super()`."""
        self.vars: dict[str, Binding] = {}
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


def _scan(node: ast.AST, names: Names, *, own: bool) -> None:
    todo: list[tuple[ast.AST, bool]] = [(node, own)]
    while todo:
        item, mine = todo.pop()
        kind = type(item)
        if kind is ast.Name:
            assert isinstance(item, ast.Name)
            if type(item.ctx) is ast.Load:
                names.used.add(item.id)
            elif mine:
                names.bound.add(item.id)
            continue
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if mine:
                names.bound.add(item.name)
            todo.extend((child, False) for child in ast.iter_child_nodes(item))
            continue
        if kind is ast.Lambda:
            todo.extend((child, False) for child in ast.iter_child_nodes(item))
            continue
        if isinstance(item, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            for child in ast.walk(item):
                if isinstance(child, ast.NamedExpr) and mine and isinstance(child.target, ast.Name):
                    names.bound.add(child.target.id)
            todo.extend((child, False) for child in ast.iter_child_nodes(item))
            continue
        if isinstance(item, ast.Global):
            if mine:
                names.global_.update(item.names)
            continue
        if isinstance(item, ast.Nonlocal):
            if mine:
                names.nonlocal_.update(item.names)
            continue
        if isinstance(item, ast.Import | ast.ImportFrom):
            if mine:
                for alias in item.names:
                    names.bound.add(alias.asname or alias.name.split(".")[0])
            continue
        if isinstance(item, ast.ExceptHandler) and item.name and mine:
            names.bound.add(item.name)
        elif isinstance(item, ast.MatchAs | ast.MatchStar) and item.name and mine:
            names.bound.add(item.name)
        elif isinstance(item, ast.MatchMapping) and item.rest and mine:
            names.bound.add(item.rest)
        elif isinstance(item, ast.Yield | ast.YieldFrom) and mine:
            names.yields = True
        todo.extend((child, mine) for child in ast.iter_child_nodes(item))
