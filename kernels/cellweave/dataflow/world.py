"""The notebook as far as it has been interpreted: bindings and object contents, versioned by cell.

`World` answers what a position of the notebook sees. It decides nothing about a cell (`state.py`),
and it only grows while cells are walked; what an edited cell left is taken back by `analysis.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cellweave.dataflow.effects.tables import Tables
from cellweave.dataflow.heap import (
    SHARED,
    UNBOUND,
    Binding,
    Fields,
    Obj,
    ObjKind,
)
from cellweave.dataflow.versions import Versions


class World:
    """The notebook as interpreted so far."""

    def __init__(self, tables: Tables, *, mutations: bool = True) -> None:
        self.tables = tables
        self.mutations = mutations
        """False switches in-place changes off: only for the test that such a loss is noticed."""
        self.names: Versions[str, Binding] = Versions()
        self.heap: Versions[Obj, Fields] = Versions()
        self.objects: dict[tuple[Any, ...], Obj] = {}
        self.holders: dict[Obj, set[str]] = {}
        """Names that reach an object somewhere; a superset, to be checked at a position."""
        self.reached: dict[tuple[str, int], frozenset[Obj]] = {}
        """Memory of `reach_of`; emptied whenever a cell is walked."""
        self.local_modules: frozenset[str] = frozenset()
        self.classes: dict[Obj, int] = {}
        """The classes that cells define, with the positions of the cells."""
        self.handles = False
        """Some object cannot leave its process."""
        self.modules_change = False
        """Some cell sets an attribute of a module."""
        self.environment: set[str] = set()
        """Channels of environment variables that the notebook itself sets."""
        self.function_names: dict[tuple[str, int], tuple[Any, Any]] = {}
        """Scans of function bodies, each with its node, which keeps the node's id taken."""

    def intern(
        self,
        key: tuple[Any, ...],
        kind: ObjKind,
        type: str = "",
        *,
        cell: str = "",
        data: Any = None,
        handle: str = "",
    ) -> Obj:
        known = self.objects.get(key)
        if (
            known is not None
            and known.kind == kind
            and known.type == type
            and known.handle == handle
            and known.data == data
        ):
            return known
        made = Obj(key, kind, type, cell=cell, data=data, handle=handle)
        self.handles = self.handles or bool(handle)
        self.objects[key] = made
        return made

    def lib(self, qualname: str) -> Obj:
        return self.intern(("lib", qualname), "lib", qualname)

    def module(self, qualname: str) -> Obj:
        return self.intern(("module", qualname), "module", qualname)

    def reach_of(self, name: str, position: int) -> frozenset[Obj]:
        """Every object that `name` reaches just before `position`; none where it is not bound."""
        key = (name, position)
        known = self.reached.get(key)
        if known is None:
            binding = self.names.read(name, position)
            bound = binding is not None and binding.status != UNBOUND and binding.value
            known = self.reached[key] = (
                frozenset(self.reach(binding.value, position))
                if bound and binding is not None
                else frozenset()
            )
        return known

    def reach(self, value: Iterable[Obj], position: int) -> set[Obj]:
        """Every object that `value` holds, itself included, as cells before `position` left it."""
        seen: set[Obj] = {obj for obj in value if obj.kind not in SHARED}
        todo = list(seen)
        read = self.heap.read
        while todo:
            fields = read(todo.pop(), position)
            for held in fields.values() if fields else ():
                if not held <= seen:
                    new = [obj for obj in held if obj not in seen and obj.kind not in SHARED]
                    seen.update(new)
                    todo.extend(new)
        return seen
