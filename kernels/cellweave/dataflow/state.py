"""What the interpreter knows while it walks one cell, and what it writes down.

`CellState` lays this cell's own changes over the `World` that earlier cells left, and records what
leaves the cell: names read that the cell had not bound itself, names bound, objects changed,
channels of process state, files, external inputs. Nothing here looks at syntax.
"""

from __future__ import annotations

import builtins
import posixpath
from collections.abc import Iterable
from typing import Any, Final, Literal

import msgspec

from cellweave.dataflow.heap import (
    BASE,
    BOUND,
    ELEMENTS,
    MAYBE,
    NOTHING,
    SHARED,
    UNBOUND,
    Binding,
    Fields,
    Obj,
    ObjKind,
    Value,
    join,
)
from cellweave.dataflow.world import World
from cellweave.diagnostics.core import Diagnostic

BUILTINS: Final = frozenset(dir(builtins))
INTERACTIVE: Final = frozenset(
    {"get_ipython", "display", "In", "Out", "_", "__", "___", "_ih", "_oh", "_dh", "exit", "quit"}
)
MODULE_NAMES: Final = frozenset(
    {"__name__", "__doc__", "__builtins__", "__file__", "__spec__", "__loader__", "__package__"}
)
STAR: Final = "*"
"""Pseudo-name bound by star imports: the modules whose names are all visible."""
OPAQUE: Final = "?"
"""Pseudo-name bound by cells that may define any name."""
CONTAINERS: Final = frozenset(
    {
        "builtins.list", "builtins.tuple", "builtins.set", "builtins.dict", "builtins.frozenset",
        "collections.deque", "collections.defaultdict", "collections.OrderedDict",
        "collections.Counter",
    }
)  # fmt: skip
ARRAYS: Final = frozenset({"numpy.ndarray", "pandas.DataFrame", "pandas.Series"})


class Mutation(msgspec.Struct, frozen=True):
    """A change of an object in place."""

    line: int
    cause: str
    possible: bool


class ChannelUse(msgspec.Struct, frozen=True):
    """One use of process state: `read`, `write` (sets it whole) or `draw` (reads and advances)."""

    channel: str
    use: str
    line: int
    cause: str


class FileUse(msgspec.Struct, frozen=True):
    """One use of a file; `name` is "" where the analysis cannot know it."""

    name: str
    write: bool
    line: int


class ExternalUse(msgspec.Struct, frozen=True):
    """One use of something outside the notebook that is no file."""

    kind: Literal["table", "module"]
    name: str
    line: int


class CellState:
    """The walk of one cell: its own changes over the world, and the record of what leaves it."""

    def __init__(
        self, world: World, position: int, cell: str, pure: frozenset[str] = frozenset()
    ) -> None:
        self.world = world
        self.tables = world.tables
        self.position = position
        self.cell = cell
        self.pure = pure
        self.env: dict[str, Binding] = {}
        self.heap: dict[Obj, Fields] = {}
        self.counts: dict[tuple[str, str], int] = {}
        self.line = 1
        self.call_depth = 0
        self.looked_up: set[str] = set()
        self.looked_into: set[Obj] = set()
        self.reads: dict[str, tuple[int, str]] = {}
        self.mutated: dict[Obj, Mutation] = {}
        self.own_mutated: set[Obj] = set()
        self.log: list[tuple[Obj, int, str]] | None = None
        """Every change in place, while a `map` loop is walked."""
        self.compared: list[tuple[Value, int]] = []
        self.channels: list[ChannelUse] = []
        self.files: list[FileUse] = []
        self.externals: list[ExternalUse] = []
        self.diagnostics: list[Diagnostic] = []
        self.undefined: dict[str, tuple[int, bool]] = {}
        self.maybe: dict[str, int] = {}
        self.opaque = ""
        self.displays = False
        self.uses_last_output = False
        self.from_opaque: dict[str, int] = {}
        """Names that only opaque code above can have bound, with the line of their use."""
        self.impure: list[str] = []
        self.certain = True
        """False inside branches, loops and functions: what is read there may not be read."""

    # ---------------------------------------------------------------- objects

    def new(
        self,
        type: str = "",
        kind: ObjKind = "data",
        *,
        data: Any = None,
        handle: str = "",
        holds: Value = NOTHING,
    ) -> Value:
        """A fresh object of this cell; nothing at all where its type is immutable."""
        if kind == "data" and type and not handle:
            info = self.tables.type(type)
            if info.immutable and not holds:
                return NOTHING
            if info.handle:
                handle = type
        obj = self.world.intern(
            (self.cell, kind, type, self.number(kind, type)),
            kind,
            type,
            cell=self.cell,
            data=data,
            handle=handle,
        )
        self.heap[obj] = {ELEMENTS: holds} if holds else {}
        return frozenset((obj,))

    def number(self, kind: str, type: str) -> int:
        """The how manieth of its kind and type an object is in the cell: what else the cell makes
        does not count, so that an edit leaves most objects what they were.
        """
        self.counts[kind, type] = number = self.counts.get((kind, type), 0) + 1
        return number

    def fields(self, obj: Obj) -> Fields:
        own = self.heap.get(obj)
        if own is not None:
            return own
        self.looked_into.add(obj)
        return self.world.heap.read(obj, self.position) or {}

    def hold(self, obj: Obj, field: str, value: Value) -> None:
        """`obj` may hold `value` under `field` from now on."""
        if not value or obj.kind in ("module", "lib"):
            return
        fields = self.fields(obj)
        old = fields.get(field, NOTHING)
        if value <= old or value == frozenset((obj,)):
            return
        fields = dict(fields)
        fields[field] = old | value
        self.heap[obj] = fields

    def held(self, obj: Obj) -> Value:
        """All that `obj` holds directly, or through the object whose memory it shares."""
        out = NOTHING
        for field, value in self.fields(obj).items():
            out |= self.held_by_base(value) if field == BASE else value
        return out

    def held_by_base(self, base: Value) -> Value:
        out = NOTHING
        for obj in base:
            for field, value in self.fields(obj).items():
                if field != BASE:
                    out |= value
        return out

    def reach(self, value: Iterable[Obj]) -> set[Obj]:
        seen: set[Obj] = {obj for obj in value if obj.kind not in SHARED}
        todo = list(seen)
        while todo:
            for held in self.fields(todo.pop()).values():
                if not held <= seen:
                    new = [obj for obj in held if obj not in seen and obj.kind not in SHARED]
                    seen.update(new)
                    todo.extend(new)
        return seen

    def mutate(self, value: Iterable[Obj], cause: str, *, possible: bool = False) -> None:
        """The objects of `value` change in place, and with them those whose memory they share."""
        if not self.world.mutations:
            return
        todo = list(value)
        seen: set[Obj] = set()
        while todo:
            obj = todo.pop()
            if obj in seen or obj.kind in ("module", "lib"):
                continue
            seen.add(obj)
            if self.log is not None:
                self.log.append((obj, self.line, cause))
            base = self.fields(obj).get(BASE)
            if base:
                todo.extend(base)
            if obj.cell == self.cell:
                self.own_mutated.add(obj)
                continue
            known = self.mutated.get(obj)
            if known is None or (known.possible and not possible):
                self.mutated[obj] = Mutation(self.line, cause, possible)

    # ------------------------------------------------------------------ names

    def incoming(self, name: str) -> Binding | None:
        """What earlier cells left `name` bound to."""
        self.looked_up.add(name)
        return self.world.names.read(name, self.position)

    def current(self, name: str) -> Binding | None:
        """What a global is bound to at this point, without its being read."""
        return self.env.get(name) or self.incoming(name)

    def read_global(self, name: str, cause: str = "read") -> Binding:
        binding = self.env.get(name)
        if binding is not None and not binding.weak:
            if binding.status == BOUND:
                return binding
            if binding.status == UNBOUND and name not in BUILTINS:
                self.undefined.setdefault(name, (self.line, self.certain))
            elif binding.status == MAYBE:
                self.maybe.setdefault(name, self.line)
            return binding
        before = self.incoming(name)
        if binding is None:
            if before is None or before.status == UNBOUND:
                return self._unbound(name, deleted=before is not None)
            binding = before
        if before is not None and before.status != UNBOUND:
            if name not in self.reads:
                self.reads[name] = (self.line, cause)
        elif binding.weak:
            self.maybe.setdefault(name, self.line)
        if binding.status == MAYBE:
            self.maybe.setdefault(name, self.line)
        return binding

    def _unbound(self, name: str, *, deleted: bool) -> Binding:
        star = self.current(STAR)
        if star is not None and star.value and not deleted:
            known = [
                m
                for m in star.value
                if self.tables.function(f"{m.type}.{name}")
                or self.tables.is_class(f"{m.type}.{name}")
            ]
            if known or name not in BUILTINS:
                if STAR not in self.env:
                    self.reads.setdefault(STAR, (self.line, "star import"))
                return Binding(
                    frozenset(self.world.lib(f"{m.type}.{name}") for m in (known or star.value))
                )
        if name in BUILTINS:
            return Binding(frozenset((self.world.lib(f"builtins.{name}"),)))
        if name in INTERACTIVE:
            if name.startswith("_") or name in ("In", "Out"):
                self.uses_last_output = True
                return Binding(self.new())
            return Binding(
                frozenset(
                    (
                        self.world.lib(
                            f"IPython.display.{name}" if name == "display" else f"IPython.{name}"
                        ),
                    )
                )
            )
        if name in MODULE_NAMES:
            return Binding(NOTHING)
        opaque = self.current(OPAQUE)
        if opaque is not None:
            return self.unresolved(name, opaque)
        self.undefined.setdefault(name, (self.line, self.certain))
        return Binding(self.new())

    def bind_global(
        self, name: str, value: Value, *, const: Any = None, weak: bool = False
    ) -> None:
        if weak:
            old = self.current(name) or Binding(NOTHING, UNBOUND)
            self.env[name] = Binding(
                value | old.value,
                BOUND if old.status == BOUND else MAYBE,
                weak=True,
                line=self.line,
            )
        else:
            self.env[name] = Binding(value, BOUND, line=self.line, const=const)

    def unbind_global(self, name: str) -> None:
        self.env[name] = Binding(NOTHING, UNBOUND, line=self.line)

    def join_env(self, a: dict[str, Binding], b: dict[str, Binding]) -> dict[str, Binding]:
        """The bindings where two branches meet; what only one binds may be what came in."""
        if a is b:
            return a
        out = dict(a)
        for name, binding in b.items():
            other = a.get(name)
            if other is None:
                out[name] = self._half(name, binding)
            elif other is not binding:
                out[name] = join(other, binding)
        for name, binding in a.items():
            if name not in b:
                out[name] = self._half(name, binding)
        return out

    def _half(self, name: str, binding: Binding) -> Binding:
        before = self.incoming(name)
        if before is None:
            return Binding(binding.value, MAYBE, weak=True, line=binding.line)
        status = BOUND if before.status == BOUND and binding.status == BOUND else MAYBE
        return Binding(binding.value | before.value, status, weak=True, line=binding.line)

    # ------------------------------------------------------- the outside world

    def channel(self, channel: str, use: str, cause: str) -> None:
        self.channels.append(ChannelUse(channel, use, self.line, cause))

    def file(self, name: str, *, write: bool) -> None:
        if name and "://" not in name:
            name = posixpath.normpath(name)
        self.files.append(FileUse(name, write, self.line))
        relative = not (name.startswith("/") or "://" in name)
        if relative:
            self.channel("~cwd", "read", "a relative file name")

    def external(self, kind: Literal["table", "module"], name: str) -> None:
        self.externals.append(ExternalUse(kind, name, self.line))

    def unresolved(self, name: str, opaque: Binding) -> Binding:
        """A name that only opaque code can have bound."""
        if OPAQUE not in self.env:
            self.from_opaque.setdefault(name, self.line)
        return Binding(opaque.value)

    def make_opaque(self, why: str) -> None:
        if not self.opaque:
            self.opaque = why
        self.env[OPAQUE] = Binding(self.new(), line=self.line)
