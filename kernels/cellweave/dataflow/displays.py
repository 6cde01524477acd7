"""Expressions that put values together: displays, comprehensions, generators, formatted strings.

Decides what the container that they make holds. A generator also remembers which names it reads,
as it reads them when it is used up.
"""

from __future__ import annotations

import ast
from typing import Any

from cellweave.dataflow.heap import (
    GENERATOR,
    NOTHING,
    Value,
)
from cellweave.dataflow.operators import Operators
from cellweave.dataflow.scopes import Names, Scope


class Displays(Operators):
    """Expressions that make containers."""

    def assign(self, target: ast.expr, value: Value, const: Any = None) -> None:
        raise NotImplementedError

    def display(self, type: str, items: list[ast.expr]) -> Value:
        holds = NOTHING
        for item in items:
            holds |= self.evaluate(item)
        return self.new(type, holds=holds)

    def on_list(self, node: ast.List) -> Value:
        return self.display("builtins.list", node.elts)

    def on_set(self, node: ast.Set) -> Value:
        return self.display("builtins.set", node.elts)

    def on_tuple(self, node: ast.Tuple) -> Value:
        parts = [self.evaluate(item) for item in node.elts]
        if any(isinstance(item, ast.Starred) for item in node.elts):
            holds = frozenset(obj for part in parts for obj in part)
            return self.new("builtins.tuple", holds=holds) if holds else NOTHING
        return self.tuple_of(parts)

    def on_dict(self, node: ast.Dict) -> Value:
        holds = NOTHING
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                holds |= self.elements(self.evaluate(value))
            else:
                holds |= self.evaluate(key) | self.evaluate(value)
        return self.new("builtins.dict", holds=holds)

    def on_listcomp(self, node: ast.ListComp) -> Value:
        return self.on_comprehension(node, [node.elt], "builtins.list")

    def on_setcomp(self, node: ast.SetComp) -> Value:
        return self.on_comprehension(node, [node.elt], "builtins.set")

    def on_dictcomp(self, node: ast.DictComp) -> Value:
        return self.on_comprehension(node, [node.key, node.value], "builtins.dict")

    def on_generator(self, node: ast.GeneratorExp) -> Value:
        return self.on_comprehension(node, [node.elt], "builtins.iterator")

    def on_comprehension(
        self,
        node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp,
        results: list[ast.expr],
        type: str,
    ) -> Value:
        first = self.evaluate(node.generators[0].iter)
        names = Names()
        for generator in node.generators:
            for item in ast.walk(generator.target):
                if isinstance(item, ast.Name):
                    names.bound.add(item.id)
        outer, certain = self.scope, self.certain
        self.scope = Scope("comp", names, outer)
        self.certain = False
        env = self.env
        self.env = dict(env)
        for i, generator in enumerate(node.generators):
            value = first if i == 0 else self.evaluate(generator.iter)
            self.assign(generator.target, self.elements(value))
            for test in generator.ifs:
                self.evaluate(test)
        holds = NOTHING
        for result in results:
            holds |= self.evaluate(result)
        self.scope, self.certain = outer, certain
        self.env = self.join_env(env, self.env)
        if type == "builtins.iterator":
            used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} - names.bound
            return self.new(type, holds=holds, handle=GENERATOR, data=self.read_late(used))
        return self.new(type, holds=holds)

    def on_lambda(self, node: ast.Lambda) -> Value:
        return frozenset((self.make_function(node, node.lineno),))

    def on_starred(self, node: ast.Starred) -> Value:
        return self.elements(self.evaluate(node.value))

    def on_fstring(self, node: ast.JoinedStr) -> Value:
        for item in node.values:
            if isinstance(item, ast.FormattedValue):
                for obj in self.evaluate(item.value):
                    if obj.kind == "inst":
                        self.touch(obj)
                if item.format_spec is not None:
                    self.evaluate(item.format_spec)
        return NOTHING

    def on_yield(self, node: ast.Yield) -> Value:
        value = self.evaluate(node.value)
        if self.stack:
            self.stack[-1].yields |= value
        return NOTHING

    def on_yield_from(self, node: ast.YieldFrom) -> Value:
        value = self.elements(self.evaluate(node.value))
        if self.stack:
            self.stack[-1].yields |= value
        return value
