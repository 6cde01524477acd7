"""What an expression may evaluate to, and what evaluating it reads and changes.

`EVALUATORS` dispatches on the kind of node. Constants are immutable and are not in it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, Final

from cellweave.dataflow.displays import Displays
from cellweave.dataflow.heap import (
    NOTHING,
    Value,
)
from cellweave.dataflow.library import FRESH


class Expressions(Displays):
    """Evaluation of expressions on abstract values."""

    def evaluate(self, node: ast.expr | None) -> Value:
        if node is None:
            return NOTHING
        on = EVALUATORS.get(type(node))
        return on(self, node) if on else NOTHING

    def special(self, name: str, node: ast.Call) -> Value | None:
        raise NotImplementedError

    def on_name(self, node: ast.Name) -> Value:
        if self.call_depth == 0:
            self.line = node.lineno
        return self.lookup(node.id).value

    def on_walrus(self, node: ast.NamedExpr) -> Value:
        value = self.evaluate(node.value)
        self.bind(node.target.id, value, self.constant(node.value))
        return value

    def on_attribute(self, node: ast.Attribute) -> Value:
        return self.attribute(self.evaluate(node.value), node.attr)

    def on_subscript(self, node: ast.Subscript) -> Value:
        name = self.named_global(node)
        if name is not None:
            return self.read_global(name).value
        owner = self.evaluate(node.value)
        self.evaluate(node.slice)
        if not owner:
            return NOTHING
        if self.is_environ(owner):
            self.read_environ(node.slice)
            return NOTHING
        return self.item(owner, node.slice)

    def on_slice(self, node: ast.Slice) -> Value:
        self.evaluate(node.lower)
        self.evaluate(node.upper)
        self.evaluate(node.step)
        return NOTHING

    def on_await(self, node: ast.Await) -> Value:
        return self.evaluate(node.value)

    def on_call(self, node: ast.Call) -> Value:
        func = node.func
        if type(func) is ast.Name:
            special = self.special(func.id, node)
            if special is not None:
                return special
            args = self.arguments(node)
            if self.call_depth == 0:
                self.line = node.lineno
            target = self.lookup(func.id).value
            if func.id in self.pure:
                return self.apply(FRESH, None, args, f"{func.id}()")
            return self.call(target, args, func.id)
        if type(func) is ast.Attribute:
            inner = func.value
            if (
                type(inner) is ast.Call
                and type(inner.func) is ast.Name
                and inner.func.id == "super"
            ):
                return self.super_call(func.attr, self.arguments(node))
            receiver = self.evaluate(inner)
            args = self.arguments(node)
            if self.call_depth == 0:
                self.line = node.lineno
            if self.is_environ(receiver):
                return self.environ_method(func.attr, node)
            if isinstance(inner, ast.Name) and inner.id in self.pure:
                return self.apply(FRESH, receiver, args, f".{func.attr}()")
            path = self.path_method(func, node)
            if path is not None:
                return path
            return self.call_method(receiver, func.attr, args)
        target = self.evaluate(func)
        return self.call(target, self.arguments(node))


EVALUATORS: Final[dict[type, Callable[[Any, Any], Value]]] = {
    ast.Name: Expressions.on_name,
    ast.Attribute: Expressions.on_attribute,
    ast.Call: Expressions.on_call,
    ast.Subscript: Expressions.on_subscript,
    ast.BinOp: Expressions.on_binop,
    ast.BoolOp: Expressions.on_boolop,
    ast.Compare: Expressions.on_compare,
    ast.UnaryOp: Expressions.on_unary,
    ast.IfExp: Expressions.on_ifexp,
    ast.Lambda: Expressions.on_lambda,
    ast.List: Expressions.on_list,
    ast.Set: Expressions.on_set,
    ast.Tuple: Expressions.on_tuple,
    ast.Dict: Expressions.on_dict,
    ast.ListComp: Expressions.on_listcomp,
    ast.SetComp: Expressions.on_setcomp,
    ast.DictComp: Expressions.on_dictcomp,
    ast.GeneratorExp: Expressions.on_generator,
    ast.JoinedStr: Expressions.on_fstring,
    ast.NamedExpr: Expressions.on_walrus,
    ast.Starred: Expressions.on_starred,
    ast.Await: Expressions.on_await,
    ast.Yield: Expressions.on_yield,
    ast.YieldFrom: Expressions.on_yield_from,
    ast.Slice: Expressions.on_slice,
}
"""What evaluates each kind of expression."""
