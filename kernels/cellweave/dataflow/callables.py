"""What is known of functions and classes that cells define, and of one call of them.

Data alone: `functions.py` walks bodies, `classes.py` finds methods.
"""

from __future__ import annotations

import ast

from cellweave.dataflow.heap import (
    NOTHING,
    Binding,
    Env,
    Obj,
    Value,
)
from cellweave.dataflow.scopes import FunctionNode, Names, Scope


class Function:
    """The making of a function object: its syntax and the scope that it closes over."""

    __slots__ = (
        "cached",
        "defaults",
        "line",
        "lines",
        "name",
        "names",
        "node",
        "owner",
        "scope",
        "static",
    )

    def __init__(
        self, node: FunctionNode, scope: Scope | None, names: Names, line: int, lines: list[str]
    ) -> None:
        self.node = node
        self.scope = scope
        self.names = names
        self.line = line
        self.lines = lines
        """The source that `node` was parsed from."""
        self.name = getattr(node, "name", "<lambda>")
        self.owner: Obj | None = None
        self.cached = False
        """It remembers results (`lru_cache`)."""
        self.static = ""
        """`static`, `class` or `property` for methods so decorated."""
        self.defaults: dict[str, Value] = {}

    def positional(self) -> list[str]:
        """The names of the parameters that may be given by position."""
        args = self.node.args
        return [arg.arg for arg in (*args.posonlyargs, *args.args)]


class Class:
    """The making of a class: its bases and the names of its body."""

    __slots__ = ("bases", "dataclass", "factories", "lib_bases", "name", "order")

    def __init__(self, name: str, bases: list[Obj], lib_bases: list[str]) -> None:
        self.name = name
        self.bases = bases
        self.lib_bases = lib_bases
        self.dataclass = False
        self.factories: dict[str, Value] = {}
        """`default_factory` of its fields: each instance gets a value of its own."""
        self.order: list[str] = []
        """Names of its annotated fields, in order, those of its bases first."""


class Arguments:
    """The evaluated arguments of one call."""

    __slots__ = ("keywords", "nodes", "positional", "star")

    def __init__(
        self,
        positional: list[Value],
        keywords: dict[str, Value] | None = None,
        star: Value = NOTHING,
        nodes: ast.Call | None = None,
    ) -> None:
        self.positional = positional
        self.keywords = {} if keywords is None else keywords
        self.star = star
        """What `*args` and `**kwargs` may bring."""
        self.nodes = nodes
        """The call as written, where the arguments are as written."""

    def all(self) -> Value:
        out = self.star
        for value in self.positional:
            out |= value
        for value in self.keywords.values():
            out |= value
        return out

    def pick(self, spec: str) -> Value:
        if spec == "*":
            return self.all()
        if spec.isdigit():
            at = int(spec)
            return self.positional[at] if at < len(self.positional) else self.star
        return self.keywords.get(spec, NOTHING)

    def node(self, spec: str) -> ast.expr | None:
        """The expression given for an argument."""
        if self.nodes is None:
            return None
        if spec.isdigit():
            at = int(spec)
            args = self.nodes.args
            return (
                args[at]
                if at < len(args) and not any(isinstance(a, ast.Starred) for a in args[: at + 1])
                else None
            )
        return next((k.value for k in self.nodes.keywords if k.arg == spec), None)


class Active:
    """A function body that is being walked; a recursive call joins its arguments into it."""

    __slots__ = ("again", "exits", "returns", "scope", "yields")

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.returns: Value = NOTHING
        self.yields: Value = NOTHING
        self.again = False
        """A recursive call brought something new: the body is walked once more."""
        self.exits: list[Env] = []

    def join(self, params: dict[str, Value]) -> None:
        """The function calls itself: its parameters may be these as well."""
        for name, value in params.items():
            old = self.scope.vars.get(name)
            if old is None or not value <= old.value:
                self.scope.vars[name] = Binding((old.value if old else NOTHING) | value)
                self.again = True
