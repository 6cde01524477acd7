"""Which variable a name means, by Python's scoping rules, while a body is walked.

Decides between local, enclosing and global variables. What a global is bound to, and that it was
read, is `state.py`'s to say.
"""

from __future__ import annotations

from typing import Any

from cellweave.dataflow.callables import Active
from cellweave.dataflow.heap import (
    NOTHING,
    Binding,
    Value,
)
from cellweave.dataflow.scopes import Scope
from cellweave.dataflow.state import CellState
from cellweave.dataflow.world import World


class Naming(CellState):
    """Reading and binding of names, wherever the walk stands."""

    def __init__(
        self, world: World, position: int, cell: str, pure: frozenset[str] = frozenset()
    ) -> None:
        super().__init__(world, position, cell, pure)
        self.scope: Scope | None = None
        self.stack: list[Active] = []
        """The functions that are running, the innermost last."""

    # ---------------------------------------------------------------- reading

    def lookup(self, name: str, cause: str = "read") -> Binding:
        scope = self.scope
        if scope is None or name in scope.names.global_:
            return self.read_global(name, cause)
        first = True
        while scope is not None:
            if first or scope.kind != "class":
                found = scope.vars.get(name)
                if found is not None:
                    return found
                if name in scope.names.bound and scope.kind != "class":
                    return Binding(NOTHING)
                if name in scope.names.global_:
                    break
            first = False
            scope = scope.parent
        return self.read_global(name, cause if cause != "read" else self.through())

    def through(self) -> str:
        """Why a global is read here."""
        return f"read by `{self.stack[-1].scope.func.data.name}()`" if self.stack else "read"

    def local(self, name: str) -> Binding | None:
        """What `name` is bound to in the scopes around the walk, globals not counted."""
        scope = self.scope
        while scope is not None:
            if name in scope.vars:
                return scope.vars[name]
            scope = scope.parent
        return None

    def is_variable(self, name: str) -> bool:
        """Is `name` bound in the notebook so far?"""
        return self.current(name) is not None

    def read_late(self, names: set[str]) -> frozenset[str]:
        """What a generator that uses `names` reads when it is used up, not where it is made."""
        return frozenset(name for name in names if self.is_variable(name))

    # ---------------------------------------------------------------- binding

    def bind(self, name: str, value: Value, const: Any = None) -> None:
        scope = self.scope
        while scope is not None and scope.kind == "comp":
            if name in scope.names.bound:
                break
            scope = scope.parent
        if scope is None or name in scope.names.global_:
            self.bind_global(name, value, const=const)
            return
        if name in scope.names.nonlocal_:
            outer = scope.parent
            while outer is not None:
                if name in outer.vars and outer.kind == "function":
                    outer.vars[name] = Binding(value | outer.vars[name].value)
                    break
                outer = outer.parent
            if outer is not None and outer.closure is not None:
                self.hold(outer.closure, name, value)
                self.mutate((outer.closure,), f"changed by a closure that sets `{name}`")
            return
        scope.vars[name] = Binding(value, const=const, line=self.line)

    def unbind(self, name: str) -> None:
        scope = self.scope
        if scope is None or name in scope.names.global_:
            self.unbind_global(name)
        else:
            scope.vars.pop(name, None)
