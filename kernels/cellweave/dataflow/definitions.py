"""Definitions and imports: what `def`, `class`, decorators and `import` bind.

Decides what a decorated definition becomes. A decorator of a library leaves a function what it is,
one of the notebook is called. Nothing is imported: a module is its name.
"""

from __future__ import annotations

import ast
from typing import Final

from cellweave.dataflow.callables import Arguments, Class, Function
from cellweave.dataflow.heap import (
    ELEMENTS,
    NOTHING,
    Binding,
    Env,
    Obj,
    Value,
)
from cellweave.dataflow.loops import Loops
from cellweave.dataflow.scopes import Scope
from cellweave.dataflow.state import STAR

METHOD_KINDS: Final = {
    "staticmethod": "static",
    "classmethod": "class",
    "property": "property",
    "cached_property": "property",
    "setter": "property",
    "getter": "property",
    "deleter": "property",
}
"""Decorators that say what kind of method a function is."""
CACHES: Final = frozenset({"functools.lru_cache", "functools.cache"})
DATACLASSES: Final = frozenset(
    {"dataclasses.dataclass", "attr.s", "attr.define", "attrs.define", "attrs.frozen"}
)
DATACLASS_BASES: Final = ("NamedTuple", "BaseModel", "Struct")


class Definitions(Loops):
    """Functions, classes and modules that a cell brings in."""

    postponed = False
    """`from __future__ import annotations` is in force."""

    def do_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        decorators = [(d, self.evaluate(d)) for d in node.decorator_list]
        if not self.postponed:
            args = node.args
            for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg):
                if arg is not None and arg.annotation is not None:
                    self.evaluate(arg.annotation)
            self.evaluate(node.returns)
        obj = self.make_function(node, node.lineno)
        made: Function = obj.data
        value: Value = frozenset((obj,))
        for decorator, target in reversed(decorators):
            value = self.decorate(decorator, target, value, made)
        self.bind(node.name, value)

    def decorate(
        self, decorator: ast.expr, target: Value, value: Value, made: Function | None
    ) -> Value:
        """What a definition is once `target`, the value of `decorator`, has been called on it."""
        spelled = decorator.func if isinstance(decorator, ast.Call) else decorator
        attribute = spelled.attr if isinstance(spelled, ast.Attribute) else ""
        name = decorator.id if isinstance(decorator, ast.Name) else ""
        if not name and spelled is decorator:
            name = attribute
        if made is not None and name in METHOD_KINDS:
            made.static = METHOD_KINDS[name]
            # a setter joins the property that it is written on
            return value | target if name in ("setter", "getter", "deleter") else value
        if name == "register" or attribute == "register":
            owner = self.evaluate(spelled.value) if isinstance(spelled, ast.Attribute) else NOTHING
            for obj in owner:
                self.hold(obj, ELEMENTS, value)
            self.mutate(owner, "changed in place by `.register`")
        library = self.qualified(spelled)
        plain = all(obj.kind in ("lib", "module") for obj in target)
        made_by_call = spelled is not decorator and library and not library.startswith("builtins.")
        if plain or made_by_call:
            if made is not None and library in CACHES:
                made.cached = True
            return value if plain else value | frozenset(o for o in target if o.kind != "data")
        return self.call(target, Arguments([value]), name) or value

    def do_class(self, node: ast.ClassDef) -> None:
        decorators = [(d, self.evaluate(d)) for d in node.decorator_list]
        made = self.class_from(node)
        (cls,) = self.new("", "class", data=made)
        self.heap[cls] = {}
        self.world.classes[cls] = self.position
        variables = self.class_body(node, cls)
        for base in made.bases:
            for func in self.find(base, "__init_subclass__"):
                self.call_on(func, cls)
        for name, binding in variables.items():
            for obj in binding.value:
                if obj.kind == "func" and obj.data.owner is None:
                    obj.data.owner = cls
            self.hold(cls, name, binding.value)
        for base in made.bases:
            self.hold(cls, "__bases__", frozenset((base,)))
        value: Value = frozenset((cls,))
        for decorator, target in reversed(decorators):
            spelled = decorator.func if isinstance(decorator, ast.Call) else decorator
            if self.qualified(spelled) in DATACLASSES:
                made.dataclass = True
            else:
                value = self.decorate(decorator, target, value, None)
        if any(base.endswith(DATACLASS_BASES) for base in made.lib_bases) or any(
            base.data.dataclass for base in made.bases
        ):
            made.dataclass = True
        self.bind(node.name, value)

    def class_from(self, node: ast.ClassDef) -> Class:
        """A class with what its bases give it."""
        bases: list[Obj] = []
        libraries: list[str] = []
        for base in node.bases:
            for obj in self.evaluate(base):
                if obj.kind == "class":
                    bases.append(obj)
                elif obj.kind in ("lib", "module"):
                    libraries.append(obj.type)
        for keyword in node.keywords:
            self.evaluate(keyword.value)
        made = Class(node.name, bases, libraries)
        made.order = [name for base in bases for name in base.data.order]
        for known in bases:
            made.factories.update(known.data.factories)
        return made

    def class_body(self, node: ast.ClassDef, cls: Obj) -> Env:
        """The names that the body of a class binds."""
        outer = self.scope
        self.scope = scope = Scope("class", self.names_in(node), outer, None, cls)
        self.run(node.body)
        self.scope = outer
        return scope.vars

    # --------------------------------------------------------------- imports

    def do_import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.local_module(alias.name)
            if alias.asname:
                self.bind(alias.asname, frozenset((self.world.module(alias.name),)))
            else:
                top = alias.name.partition(".")[0]
                self.bind(top, frozenset((self.world.module(top),)))

    def do_import_from(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        if module == "__future__":
            self.postponed = self.postponed or any(
                alias.name == "annotations" for alias in node.names
            )
        self.local_module(module)
        for alias in node.names:
            if alias.name == "*":
                old = self.current(STAR)
                self.env[STAR] = Binding(
                    (old.value if old else NOTHING) | {self.world.module(module)}, line=self.line
                )
                continue
            self.bind(
                alias.asname or alias.name, frozenset((self.world.lib(f"{module}.{alias.name}"),))
            )

    def local_module(self, name: str) -> None:
        top = name.lstrip(".").partition(".")[0]
        if name.startswith(".") or top in self.world.local_modules:
            self.external("module", name)
