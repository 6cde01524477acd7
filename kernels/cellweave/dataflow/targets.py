"""Assignment and deletion: what binding a target changes.

A name is bound, an attribute or item changes its owner in place. Decides also what `+=` does:
update what the name is bound to, or bind it anew.
"""

from __future__ import annotations

import ast
from typing import Any

from cellweave.dataflow.expressions import Expressions
from cellweave.dataflow.heap import (
    ELEMENTS,
    NOTHING,
    Binding,
    Obj,
    Value,
)
from cellweave.dataflow.state import ARRAYS


class Targets(Expressions):
    """Names, attributes and items that are assigned, updated or deleted."""

    def do_assign(self, node: ast.Assign) -> None:
        value = self.evaluate(node.value)
        const = self.constant(node.value)
        for target in node.targets:
            if isinstance(target, ast.Tuple | ast.List) and isinstance(
                node.value, ast.Tuple | ast.List
            ):
                self.unpack_display(target, node.value, value)
            else:
                self.assign(target, value, const)

    def unpack_display(
        self, target: ast.Tuple | ast.List, source: ast.Tuple | ast.List, value: Value
    ) -> None:
        """`a, b = b, a`: each name gets its own side's value."""
        starred = any(isinstance(item, ast.Starred) for item in (*target.elts, *source.elts))
        if starred or len(target.elts) != len(source.elts):
            self.assign(target, value)
            return
        values = [(self.evaluate(item), self.constant(item)) for item in source.elts]
        for item, (part, const) in zip(target.elts, values, strict=True):
            self.assign(item, part, const)

    def do_annassign(self, node: ast.AnnAssign) -> None:
        if self.scope is None or self.scope.kind == "class":
            self.evaluate(node.annotation)
        if (
            self.scope is not None
            and self.scope.kind == "class"
            and isinstance(node.target, ast.Name)
        ):
            owner = self.scope.owner
            if isinstance(owner, Obj):
                owner.data.order.append(node.target.id)
                if (
                    isinstance(node.value, ast.Call)
                    and self.qualified(node.value.func) == "dataclasses.field"
                ):
                    for keyword in node.value.keywords:
                        value = self.evaluate(keyword.value)
                        if keyword.arg == "default_factory":
                            owner.data.factories[node.target.id] = value
                    return
        if node.value is not None:
            self.assign(node.target, self.evaluate(node.value), self.constant(node.value))

    def do_augassign(self, node: ast.AugAssign) -> None:
        target = node.target
        right = self.evaluate(node.value)
        if isinstance(target, ast.Name):
            left = self.lookup(target.id, "updated").value
            const = self.constant(ast.BinOp(ast.Name(target.id, ast.Load()), node.op, node.value))
            self.bind(
                target.id,
                self.in_place(left, right, node, f"`{target.id}` is updated in place"),
                const,
            )
        else:
            owner = self.evaluate(target.value)
            if isinstance(target, ast.Attribute):
                left = self.attribute(owner, target.attr)
            else:
                self.evaluate(target.slice)
                left = (
                    self.item(owner, target.slice)
                    if owner and not self.is_environ(owner)
                    else NOTHING
                )
            self.assign(target, self.in_place(left, right, node, "updated in place"))

    def assign(self, target: ast.expr, value: Value, const: Any = None) -> None:
        if isinstance(target, ast.Name):
            self.bind(target.id, value, const)
        elif isinstance(target, ast.Tuple | ast.List):
            starred = any(isinstance(item, ast.Starred) for item in target.elts)
            every = self.elements(value)
            for i, item in enumerate(target.elts):
                if isinstance(item, ast.Starred):
                    self.assign(item.value, self.new("builtins.list", holds=every))
                else:
                    self.assign(item, every if starred else self.part(value, i))
        elif isinstance(target, ast.Attribute):
            owner = self.evaluate(target.value)
            self.set_attribute(owner, target.attr, value, f"`.{target.attr} = …`")
        elif isinstance(target, ast.Subscript):
            name = self.named_global(target)
            if name is not None:
                self.bind_global(name, value, const=const)
                return
            owner = self.evaluate(target.value)
            self.evaluate(target.slice)
            self.set_item(owner, target.slice, value)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, value)

    def set_attribute(self, owner: Value, name: str, value: Value, cause: str) -> None:
        for obj in owner:
            if obj.kind in ("module", "lib"):
                self.set_library_attribute(obj, cause)
                continue
            if obj.kind == "inst":
                for func in self.find(obj, name) | self.find(obj, "__setattr__"):
                    if func.kind == "func" and (
                        func.data.static == "property" or func.data.name == "__setattr__"
                    ):
                        self.call_on(func, obj, value)
            self.hold(obj, name, value)
            if obj.type == "decimal.Context":
                self.channel("~decimal", "draw", f"set by {cause}")
        self.mutate(owner, f"changed in place by {cause}")

    def set_library_attribute(self, obj: Obj, cause: str) -> None:
        package = obj.type.partition(".")[0]
        if package in ("pandas", "matplotlib", "numpy", "seaborn"):
            self.channel(
                f"~option:{'matplotlib' if package == 'seaborn' else package}",
                "draw",
                f"set by {cause}",
            )
        else:
            self.change_module(obj, f"set by {cause}")

    def change_module(self, obj: Obj, cause: str) -> None:
        """The state of a module changes; no value carries it, so its users stay together."""
        channel = f"~module:{obj.type}"
        self.channel(channel, "draw", cause)
        self.env[channel] = Binding(NOTHING, line=self.line)
        self.world.modules_change = True

    def set_item(self, owner: Value, index: ast.expr, value: Value) -> None:
        if self.is_environ(owner):
            self.channel(self.environment(index), "write", "the environment is set")
            return
        for obj in owner:
            if obj.kind == "lib":
                package = obj.type.partition(".")[0]
                short = "matplotlib" if package in ("matplotlib", "seaborn") else package
                if obj.type.endswith("rcParams"):
                    self.channel(f"~option:{short}", "draw", "set by `[…] = …`")
                else:
                    self.change_module(obj, "set by `[…] = …`")
                continue
            if obj.kind == "inst":
                for func in self.find(obj, "__setitem__"):
                    self.call_on(func, obj, NOTHING, value)
            if obj.type in ARRAYS:
                self.hold(
                    obj,
                    ELEMENTS,
                    frozenset(
                        o
                        for o in value
                        if o.type not in ARRAYS and o.kind in ("inst", "data") and o.type
                    ),
                )
            else:
                self.hold(obj, ELEMENTS, value)
        self.mutate(owner, "changed in place by `[…] = …`")
        self.mutate(
            self.worked_on_by(owner),
            "possibly changed through what holds it by `[…] = …`",
            possible=True,
        )

    def do_delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            for item in target.elts if isinstance(target, ast.Tuple | ast.List) else [target]:
                if isinstance(item, ast.Name):
                    self.lookup(item.id, "deleted")
                    self.unbind(item.id)
                elif isinstance(item, ast.Attribute):
                    self.mutate(
                        self.evaluate(item.value), f"changed in place by `del .{item.attr}`"
                    )
                elif isinstance(item, ast.Subscript):
                    owner = self.evaluate(item.value)
                    self.evaluate(item.slice)
                    if self.is_environ(owner):
                        self.channel(
                            self.environment(item.slice), "write", "the environment is set"
                        )
                    self.mutate(owner, "changed in place by `del […]`")
