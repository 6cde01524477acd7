"""Operators: what their result may be made of, and the user-defined methods that they call.

Decides between an update in place and a new object. No value is computed (`constants.py` does).
"""

from __future__ import annotations

import ast

from cellweave.dataflow.heap import (
    ELEMENTS,
    NOTHING,
    Value,
)
from cellweave.dataflow.outside import Outside
from cellweave.dataflow.state import ARRAYS, CONTAINERS

_DUNDER = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv",
    ast.Mod: "mod", ast.Pow: "pow", ast.LShift: "lshift", ast.RShift: "rshift", ast.BitOr: "or",
    ast.BitXor: "xor", ast.BitAnd: "and", ast.MatMult: "matmul",
    ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne",
}  # fmt: skip
IN_PLACE = CONTAINERS | ARRAYS


class Operators(Outside):
    """Arithmetic, comparison, conditional and augmented operators."""

    def on_binop(self, node: ast.BinOp) -> Value:
        left = self.evaluate(node.left)
        right = self.evaluate(node.right)
        if not left and not right:
            return NOTHING
        name = _DUNDER.get(type(node.op), "")
        if name == "mod" and not left:
            for obj in right | self.elements(right):
                self.touch(obj)
        called = self.dunder(left, f"__{name}__", right)
        if not called:
            called = self.dunder(right, f"__r{name}__", left)
        if called is not None:
            return called
        return self.combined(left, right)

    def combined(self, left: Value, right: Value) -> Value:
        """A new object from two operands: a container of both's elements, or one of their type."""
        types = {obj.type for obj in (*left, *right) if obj.kind == "data"}
        holds = NOTHING
        for obj in (*left, *right):
            if obj.kind == "data" and obj.type in CONTAINERS:
                holds |= self.held(obj)
        for type in ("builtins.list", "builtins.tuple", "builtins.set", "builtins.dict"):
            if type in types and not any(t and t not in CONTAINERS for t in types):
                if type == "builtins.tuple" and not holds:
                    return NOTHING
                return self.new(type, holds=holds)
        for type in ("pandas.DataFrame", "pandas.Series", "numpy.ndarray"):
            if type in types:
                return self.new(type)
        return self.new(types.pop() if len(types) == 1 else "")

    def in_place(self, left: Value, right: Value, node: ast.AugAssign, cause: str) -> Value:
        if not left:
            return NOTHING if not right else self.combined(left, right)
        out = NOTHING
        op = type(node.op).__name__.lower()
        names = {
            "add": "iadd",
            "sub": "isub",
            "mult": "imul",
            "bitor": "ior",
            "bitand": "iand",
            "div": "itruediv",
            "mod": "imod",
        }
        for obj in left:
            if obj.kind == "inst":
                found = self.find(obj, f"__{names.get(op, op)}__")
                if found:
                    for func in found:
                        out |= self.call_on(func, obj, right)
                    continue
                called = self.dunder(frozenset((obj,)), f"__{names.get(op, op)[1:]}__", right)
                out |= called if called is not None else self.combined(frozenset((obj,)), right)
            elif obj.type in IN_PLACE:
                if obj.type == "builtins.tuple":
                    out |= self.combined(frozenset((obj,)), right)
                    continue
                self.mutate((obj,), cause)
                if obj.type in CONTAINERS:
                    self.hold(obj, ELEMENTS, self.elements(right))
                out |= {obj}
            elif obj.kind == "data":
                self.mutate((obj,), cause, possible=not obj.type)
                out |= {obj}
            else:
                out |= {obj}
        return out

    def on_boolop(self, node: ast.BoolOp) -> Value:
        out = self.evaluate(node.values[0])
        certain, self.certain = self.certain, False
        env = self.env
        for item in node.values[1:]:
            self.env = dict(self.env)
            out |= self.evaluate(item)
            self.env = self.join_env(env, self.env)
            env = self.env
        self.certain = certain
        return out

    def on_compare(self, node: ast.Compare) -> Value:
        values = [self.evaluate(node.left)]
        values.extend(self.evaluate(item) for item in node.comparators)
        if all(isinstance(op, ast.Is | ast.IsNot) for op in node.ops):
            both = [v for v in values if v]
            if len(both) > 1:
                self.compared.append((both[0] | both[1], self.line))
            return NOTHING
        if all(isinstance(op, ast.In | ast.NotIn) for op in node.ops):
            for value in values[1:]:
                self.dunder(value, "__contains__", values[0])
            return NOTHING
        if not any(values):
            return NOTHING
        called = None
        for op in node.ops:
            called = self.dunder(values[0], f"__{_DUNDER.get(type(op), '')}__", values[1])
        if called is not None:
            return called
        if all(o.kind == "data" and o.type in CONTAINERS for v in values for o in v):
            return NOTHING
        types = {o.type for v in values for o in v if o.kind == "data"}
        for type_ in ("pandas.DataFrame", "pandas.Series", "numpy.ndarray"):
            if type_ in types:
                return self.new(type_)
        return self.new()

    def on_unary(self, node: ast.UnaryOp) -> Value:
        value = self.evaluate(node.operand)
        if isinstance(node.op, ast.Not) or not value:
            return NOTHING
        return self.combined(value, NOTHING)

    def on_ifexp(self, node: ast.IfExp) -> Value:
        self.evaluate(node.test)
        certain, self.certain = self.certain, False
        env = self.env
        self.env = dict(env)
        out = self.evaluate(node.body)
        after = self.env
        self.env = dict(env)
        out |= self.evaluate(node.orelse)
        self.env = self.join_env(after, self.env)
        self.certain = certain
        return out
