"""Abstract values: what names may refer to, and what those objects may hold.

A value is a set of abstract objects; the empty set is "something immutable". An object stands for
what one evaluation of one expression may make, and never for two cells' makings. What it holds
(`fields`: attribute → value, `*` for elements, `^` for the object whose memory it shares) only
grows, and is versioned by cell like the bindings of names, so that any position of the notebook
can be looked at (`versions.py`).
"""

from __future__ import annotations

from typing import Any, Literal

ObjKind = Literal["data", "func", "class", "inst", "module", "lib", "method"]

SHARED = frozenset({"module", "lib"})
"""Kinds of object that belong to no cell, and that no cell's value holds."""
ELEMENTS = "*"
BASE = "^"
CLASS = "__class__"
CLOSURE = "<closure>"
GENERATOR = "a generator"
"""Why values that are made late cannot leave their process."""


class Obj:
    """An abstract object; compared by identity, interned by `key`."""

    __slots__ = ("cell", "data", "handle", "key", "kind", "type")

    def __init__(
        self,
        key: tuple[Any, ...],
        kind: ObjKind,
        type: str = "",
        *,
        cell: str = "",
        data: Any = None,
        handle: str = "",
    ) -> None:
        self.key = key
        self.kind = kind
        self.type = type
        """data: qualified name of its type, or "" where unknown; module, lib: qualified name."""
        self.cell = cell
        """The cell that makes it; "" for what belongs to no cell (modules and what they hold)."""
        self.data = data
        self.handle = handle
        """Why it cannot leave its process; "" where it can."""

    def __repr__(self) -> str:
        return f"<{self.kind} {self.type or ''} {self.key}>"


Value = frozenset[Obj]
NOTHING: Value = frozenset()
Fields = dict[str, Value]

UNBOUND, MAYBE, BOUND = 0, 1, 2
"""Whether a name is bound: surely not, on some ways only, surely."""


class Binding:
    """What a name refers to at one point."""

    __slots__ = ("const", "line", "status", "value", "weak")

    def __init__(
        self,
        value: Value,
        status: int = BOUND,
        *,
        weak: bool = False,
        line: int = 0,
        const: Any = None,
    ) -> None:
        self.value = value
        self.status = status
        self.weak = weak
        """It may still be what it was before the cell."""
        self.line = line
        self.const = const
        """The constant that it is, where that is known: a string, a number, a tuple of them."""

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Binding)
            and self.value == other.value
            and self.status == other.status
            and self.const == other.const
            and type(self.const) is type(other.const)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Binding({set(self.value)}, {self.status}, weak={self.weak})"


Env = dict[str, Binding]
"""Bindings of global names."""
Snapshot = tuple[Env, Env]
"""The bindings at one point: of global names, and of the innermost scope."""


def join(a: Binding, b: Binding) -> Binding:
    """What holds where two branches meet."""
    status = a.status if a.status == b.status else MAYBE
    const = a.const if a.const == b.const and type(a.const) is type(b.const) else None
    return Binding(
        a.value | b.value, status, weak=a.weak or b.weak, line=max(a.line, b.line), const=const
    )
