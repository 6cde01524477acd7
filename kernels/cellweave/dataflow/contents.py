"""What objects hold: what iterating, indexing, unpacking or looking at a part of them may give.

Decides between a part that is held, a view that shares memory, and a new object. Changes nothing
but for a lazily made value (`__getitem__`, a `defaultdict`), whose making is a change.
"""

from __future__ import annotations

import ast

from cellweave.dataflow.classes import Classes
from cellweave.dataflow.heap import (
    BASE,
    ELEMENTS,
    GENERATOR,
    NOTHING,
    Obj,
    Value,
)
from cellweave.dataflow.state import ARRAYS, CONTAINERS


class Contents(Classes):
    """Attributes, items and elements of abstract objects."""

    def parts(self, obj: Obj) -> Value:
        """What taking a part of `obj` may give: not what an array or frame was made from, whose
        parts are views of itself, but the objects that stand in its cells.
        """
        held = self.held(obj)
        if obj.type in ARRAYS:
            return frozenset(o for o in held if o.kind == "inst" or o.type in CONTAINERS)
        return held

    def elements(self, value: Value) -> Value:
        """What iterating over `value` may give."""
        out = NOTHING
        for obj in value:
            if obj.kind in ("module", "lib", "func", "class", "method"):
                continue
            held = self.parts(obj)
            if obj.kind == "data" and obj.type in CONTAINERS:
                out |= held
            elif obj.kind == "inst":
                methods = self.find(obj, "__iter__") or self.find(obj, "__getitem__")
                for func in methods:
                    got = self.call_on(func, obj, NOTHING)
                    out |= got | frozenset(h for g in got if g is not obj for h in self.held(g))
                    for made in got:
                        for step in self.find(made, "__next__") if made.kind == "inst" else ():
                            out |= self.call_on(step, made)
                if not methods:
                    out |= held | {obj}
            elif obj.handle == GENERATOR or obj.type in (
                "builtins.iterator",
                "builtins.iterable",
            ):
                for name in sorted(obj.data or ()):
                    self.lookup(name)  # what it reads, it reads when it is used up
                out |= held
            else:
                how = self.tables.type(obj.type).iter if obj.type else "view"
                if how in {"view", "elem"}:
                    out |= held | {obj}
                elif how != "scalar":
                    out |= self.new() | held
        return out

    def part(self, value: Value, index: int) -> Value:
        """What unpacking gives at a position."""
        out = NOTHING
        for obj in value:
            fields = self.fields(obj) if obj.type == "builtins.tuple" else {}
            if fields and ELEMENTS not in fields:
                out |= fields.get(str(index), NOTHING)
            else:
                out |= self.elements(frozenset((obj,)))
        return out

    def tuple_of(self, parts: list[Value]) -> Value:
        """A tuple whose positions are told apart; nothing at all where all are immutable."""
        if not any(parts):
            return NOTHING
        made = self.new(
            "builtins.tuple",
            holds=frozenset(o for part in parts for o in part) if len(parts) > 16 else NOTHING,
        )
        if len(parts) <= 16:
            for obj in made:
                for i, part in enumerate(parts):
                    self.hold(obj, str(i), part)
        return made

    def pairs(self, receiver: Value) -> Value | None:
        """`d.items()`: pairs of an immutable key and a value."""
        if not all(obj.kind == "data" and obj.type in CONTAINERS for obj in receiver):
            return None
        values = NOTHING
        for obj in receiver:
            values |= self.held(obj)
        return self.new("builtins.iterable", holds=self.tuple_of([NOTHING, values]))

    def view(self, owner: Value, type: str) -> Value:
        """Something that may share memory with `owner`."""
        out = NOTHING
        immutable = bool(type) and self.tables.type(type).immutable
        for obj in owner:
            if obj.kind in ("module", "lib") or immutable:
                continue
            if not type or obj.type == type or obj.kind != "data":
                out |= {obj}
                continue
            # all views of one type on one object are one: what changes one changes the object
            root = next(iter(self.fields(obj).get(BASE, (obj,))))
            if root.type == type:
                out |= {root}
                continue
            made = self.world.intern(("view", root.key, type), "data", type, cell=root.cell)
            self.hold(made, BASE, frozenset((root,)))
            out |= {made}
        return out

    # -------------------------------------------------------------- attributes

    def attribute(self, owner: Value, name: str) -> Value:
        out = NOTHING
        for obj in owner:
            kind = obj.kind
            if kind in {"module", "lib"}:
                out |= self.library_attribute(obj, name)
            elif kind == "data":
                out |= self.data_attribute(obj, name)
            else:
                fields = self.fields(obj)
                own = fields.get(name, NOTHING) | fields.get(ELEMENTS, NOTHING)
                found = self.find(obj, name) if kind in ("inst", "class") else NOTHING
                for func in found:
                    if func.kind == "func" and kind == "inst":
                        if func.data.static == "property":
                            out |= self.call_on(func, obj)
                        elif func.data.static == "static":
                            out |= {func}
                        else:
                            out |= {self.bound_method(func, obj)}
                    else:
                        out |= {func}
                if name == "__class__" and kind == "inst":
                    cls = self.class_of(obj)
                    out |= {cls} if cls else NOTHING
                elif name == "__dict__":
                    out |= {obj}
                elif not own and not found and kind == "inst":
                    getter = self.find(obj, "__getattr__")
                    for func in getter:
                        out |= self.call_on(func, obj, NOTHING)
                    if not getter and self.library_base(obj):
                        out |= {obj}
                out |= own
        return out

    def library_attribute(self, obj: Obj, name: str) -> Value:
        """`pandas.DataFrame` and the like."""
        if self.world.modules_change:
            channel = f"~module:{obj.type}"
            if self.current(channel) is not None:
                self.channel(channel, "read", "state of a module")
        return frozenset((self.world.lib(f"{obj.type}.{name}"),))

    def library_method(self, obj: Obj, name: str) -> Obj:
        """`xs.append` without a call: a method that keeps its receiver."""
        key = ("method", name, obj.key)
        known = self.world.objects.get(key)
        if known is None:
            known = self.world.objects[key] = Obj(
                key, "method", cell=self.cell, data=(name, frozenset((obj,)))
            )
        if known not in self.heap:
            self.heap[known] = {ELEMENTS: frozenset((obj,))}
        return known

    def data_attribute(self, obj: Obj, name: str) -> Value:
        info = self.tables.type(obj.type) if obj.type else None
        how = info.attributes.get(name) if info else None
        stored = self.fields(obj).get(name, NOTHING)
        if how == "scalar":
            return stored
        if how == "fresh":
            return self.new() | stored
        if how and how not in ("view", "elem"):
            return self.view(frozenset((obj,)), how) | stored
        if obj.type and not how and not stored and self.tables.method(obj.type, name) is not None:
            return frozenset((self.library_method(obj, name),))
        if obj.type in CONTAINERS:
            return stored
        return stored | self.parts(obj) | {obj}

    # ------------------------------------------------------------------- items

    def item(self, owner: Value, index: ast.expr) -> Value:
        out = NOTHING
        for obj in owner:
            if obj.kind in ("module", "lib", "func", "method"):
                continue
            if obj.kind == "class":
                out |= {obj}
                continue
            held = self.parts(obj)
            if obj.kind == "inst":
                methods = self.find(obj, "__getitem__")
                for func in methods:
                    out |= self.call_on(func, obj, NOTHING)
                if not methods:
                    out |= held | {obj}
            elif obj.type in CONTAINERS:
                if obj.type == "collections.defaultdict":
                    self.mutate((obj,), "read with `[…]`, which may insert")
                at = self.constant(index) if obj.type == "builtins.tuple" else None
                fields = self.fields(obj)
                if isinstance(index, ast.Slice):
                    out |= self.new(obj.type, holds=held)
                elif isinstance(at, int) and str(at) in fields:
                    out |= fields[str(at)] | fields.get(ELEMENTS, NOTHING)
                else:
                    out |= held
            elif self.copies(index):
                made = self.new(obj.type)
                for new in made:
                    self.hold(new, ELEMENTS, held)
                out |= made
            else:
                how = self.tables.type(obj.type).index if obj.type else "view"
                if how == "scalar":
                    continue
                if how == "fresh":
                    out |= self.new()
                elif how == "elem":
                    out |= held
                else:
                    out |= self.view(frozenset((obj,)), self.item_type(obj, index)) | held
        return out

    def item_type(self, obj: Obj, index: ast.expr) -> str:
        if obj.type == "pandas.DataFrame" and isinstance(index, ast.Constant):
            return "pandas.Series"
        return obj.type

    def copies(self, index: ast.expr) -> bool:
        """A mask or a list as index makes a copy, in numpy and pandas alike."""
        if isinstance(index, ast.Compare | ast.List | ast.ListComp):
            return True
        if isinstance(index, ast.UnaryOp) and isinstance(index.op, ast.Invert | ast.Not):
            return True
        if isinstance(index, ast.BinOp) and isinstance(
            index.op, ast.BitAnd | ast.BitOr | ast.BitXor
        ):
            return True
        if isinstance(index, ast.Tuple):
            return any(self.copies(item) for item in index.elts)
        if isinstance(index, ast.Call) and isinstance(index.func, ast.Attribute):
            return index.func.attr in (
                "isin",
                "between",
                "isna",
                "isnull",
                "notna",
                "notnull",
                "duplicated",
                "contains",
                "startswith",
                "endswith",
                "argsort",
            )
        return False
