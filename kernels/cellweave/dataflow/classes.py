"""Classes that cells define: bases, methods, instances, and the methods Python calls by itself.

Decides which function an attribute of an instance is and what a new instance holds. Bases are
searched breadth first, which names a superset of what Python's own order finds.
"""

from __future__ import annotations

from typing import Final

from cellweave.dataflow.callables import Arguments
from cellweave.dataflow.functions import Functions
from cellweave.dataflow.heap import (
    CLASS,
    ELEMENTS,
    NOTHING,
    Obj,
    Value,
)

NO_DUNDERS: Final = frozenset(
    {
        "__init__",
        "__new__",
        "__init_subclass__",
        "__class_getitem__",
        "__setattr__",
        "__delattr__",
        "__setitem__",
        "__delitem__",
        "__enter__",
        "__exit__",
        "__del__",
        "__post_init__",
        "__call__",
        "__set_name__",
        "__reduce__",
        "__getattr__",
        "__getattribute__",
    }
)


class Classes(Functions):
    """Finding and calling methods, making instances."""

    def call(self, target: Value, args: Arguments, name: str = "") -> Value:
        raise NotImplementedError

    def class_of(self, obj: Obj) -> Obj | None:
        for cls in self.fields(obj).get(CLASS, NOTHING):
            return cls
        return None

    def mro(self, cls: Obj) -> list[Obj]:
        out: list[Obj] = []
        todo = [cls]
        while todo:
            item = todo.pop(0)
            if item not in out:
                out.append(item)
                todo.extend(item.data.bases)
        return out

    def find(self, obj: Obj, name: str) -> Value:
        """A method or class attribute of an instance (or class), by its bases in order."""
        cls = obj if obj.kind == "class" else self.class_of(obj)
        if cls is None:
            return NOTHING
        for owner in self.mro(cls):
            found = self.fields(owner).get(name)
            if found:
                return found
        return NOTHING

    def library_base(self, obj: Obj) -> str:
        cls = obj if obj.kind == "class" else self.class_of(obj)
        if cls is None:
            return ""
        for owner in self.mro(cls):
            for base in owner.data.lib_bases:
                if base != "builtins.object":
                    return str(base)
        return ""

    def instantiate(self, cls: Obj, args: Arguments) -> Value:
        made = self.new("", "inst")
        (obj,) = made
        self.hold(obj, CLASS, frozenset((cls,)))
        new = self.find(cls, "__new__")
        for func in new:
            if func.kind == "func":
                made |= self.call_function(func, args, receiver=frozenset((cls,)))
        init = self.find(cls, "__init__")
        for func in init:
            if func.kind == "func":
                self.call_function(func, args, receiver=frozenset((obj,)))
        if not init:
            everything = args.all()
            names = cls.data.order if cls.data.dataclass else []
            for name, factory in cls.data.factories.items():
                if name not in args.keywords and name not in names[: len(args.positional)]:
                    self.hold(obj, name, self.call(factory, Arguments([])))
            for i, value in enumerate(args.positional):
                self.hold(obj, names[i] if i < len(names) else ELEMENTS, value)
            for key, value in args.keywords.items():
                self.hold(obj, key, value)
            self.hold(obj, ELEMENTS, args.star)
            if self.library_base(obj) and everything:
                self.hold(obj, ELEMENTS, everything)
            for func in self.find(cls, "__post_init__"):
                self.call_on(func, obj)
        return made

    def copy(self, value: Value, *, deep: bool) -> Value:
        """Copies of instances are instances of the same class."""
        out = NOTHING
        for obj in value:
            made = self.new(obj.type, "inst" if obj.kind == "inst" else "data")
            for new in made:
                for field, held in self.fields(obj).items():
                    if field == CLASS or not deep:
                        self.hold(new, field, held)
                    else:
                        self.hold(
                            new,
                            field,
                            self.copy(held, deep=False)
                            if any(o.kind == "inst" for o in held)
                            else self.new(),
                        )
            out |= made
        return out

    def bound_method(self, func: Obj, obj: Obj) -> Obj:
        key = ("method", func.key, obj.key)
        known = self.world.objects.get(key)
        if known is None or known.data[0] is not func:
            known = Obj(key, "method", cell=self.cell, data=(func, frozenset((obj,))))
            self.world.objects[key] = known
        if known not in self.heap:
            self.heap[known] = {ELEMENTS: frozenset((obj, func))}
        return known

    def call_bound(self, obj: Obj, func: Obj, args: Arguments) -> Value:
        if func.kind != "func":
            return self.call(frozenset((func,)), args)
        static = func.data.static
        if static == "static" or (obj.kind == "class" and static != "class"):
            return self.call_function(func, args)
        if static == "class":
            owner = obj if obj.kind == "class" else self.class_of(obj)
            return self.call_function(
                func, args, receiver=frozenset((owner,)) if owner else NOTHING
            )
        if static == "property":
            got = self.call_on(func, obj)
            return self.call(got, args)
        return self.call_function(func, args, receiver=frozenset((obj,)))

    def super_call(self, name: str, args: Arguments) -> Value:
        scope = self.scope
        while scope is not None and (scope.kind != "function" or scope.owner is None):
            scope = scope.parent
        if scope is None:
            return self.new()
        selfs = scope.vars[scope.first].value if scope.first in scope.vars else NOTHING
        for base in scope.owner.data.bases:
            for owner in self.mro(base):
                found = self.fields(owner).get(name)
                if found:
                    out = NOTHING
                    for func in found:
                        if func.kind == "func":
                            out |= self.call_function(func, args, receiver=selfs)
                    return out
        everything = args.all()
        for obj in selfs:
            self.hold(obj, ELEMENTS, everything)
        if name not in ("__init__", "__init_subclass__", "__new__"):
            self.mutate(selfs, f"possibly changed by super().{name}()", possible=True)
        return selfs if name == "__new__" else NOTHING

    def call_namesakes(self, obj: Obj, name: str, args: Arguments) -> Value:
        """An object of unknown type may be of a class of the notebook that has such a method."""
        out = NOTHING
        for cls, position in list(self.world.classes.items()):
            if position < self.position or (position == self.position and cls in self.heap):
                for func in self.fields(cls).get(name, NOTHING):
                    if func.kind == "func" and not func.data.static:
                        out |= self.call_function(func, args, receiver=frozenset((obj,)))
        return out

    def dunder(self, left: Value, name: str, right: Value) -> Value | None:
        """The result of a user-defined operator, where one of `left` defines it."""
        out: Value | None = None
        for obj in left:
            if obj.kind == "inst":
                for func in self.find(obj, name):
                    if func.kind == "func":
                        got = self.call_on(func, obj, right)
                        out = got if out is None else out | got
        return out

    def touch_all(self, value: Value) -> None:
        """A library looks at instances, and at those in the containers that it is given."""
        seen: set[Obj | None] = set()
        for obj in value:
            for inner in (obj, *self.held(obj)) if obj.kind == "data" else (obj,):
                if inner.kind == "inst" and (cls := self.class_of(inner)) not in seen:
                    seen.add(cls)
                    self.touch(inner)

    def touch(self, obj: Obj) -> None:
        """A library looks at a user's instance: its `__repr__`, `__len__`, `__eq__`, … may run."""
        cls = self.class_of(obj)
        if cls is None or obj in self.active:
            return
        for owner in self.mro(cls):
            for name, value in list(self.fields(owner).items()):
                if name.startswith("__") and name.endswith("__") and name not in NO_DUNDERS:
                    for func in value:
                        if func.kind == "func":
                            self.call_on(func, obj, frozenset((obj,)))
