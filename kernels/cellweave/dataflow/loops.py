"""Loops: a body is walked twice, the second time from where the first ended, so that what one
iteration leaves is seen by the next.

A loop may run no iteration at all, unless its iterable is plainly not empty.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from cellweave.dataflow.branches import Branches
from cellweave.dataflow.heap import (
    Snapshot,
)


class Loops(Branches):
    """`for`, `while`, and what leaves a loop's body early."""

    def do_for(self, node: ast.For | ast.AsyncFor) -> None:
        value = self.evaluate(node.iter)
        elements = self.elements(value)
        for obj in value:
            if obj.handle:
                self.mutate((obj,), "consumed by a loop")
        self.loop(
            node.body,
            node.orelse,
            once=self.never_empty(node.iter),
            first=lambda: self.assign(node.target, elements),
        )

    def do_while(self, node: ast.While) -> None:
        forever = isinstance(node.test, ast.Constant) and bool(node.test.value)
        self.loop(node.body, node.orelse, once=forever, first=lambda: self.evaluate(node.test))

    def loop(
        self, body: list[ast.stmt], orelse: list[ast.stmt], *, once: bool, first: Callable[[], Any]
    ) -> None:
        start = self.snapshot()
        certain = self.certain
        self.certain = certain and once
        ends: list[Snapshot] = [] if once else [start]
        passes = 2 if len(self.loops) == 0 else 1
        for _ in range(passes):
            self.loops.append([])
            first()
            self.run(body)
            left = self.loops.pop()
            here = [self.snapshot()] if not self.dead else []
            here += left
            self.dead = False
            met = self.meet(here)
            if met is None:
                break
            ends.append(met)
            self.restore(met)
        self.certain = certain
        self.arrive(ends or [start])
        self.certain = False if not once else certain
        self.run(orelse)
        self.certain = certain

    def do_leave(self, _: ast.Break | ast.Continue) -> None:
        if self.loops:
            self.loops[-1].append(self.snapshot())
        self.dead = True

    def never_empty(self, node: ast.expr) -> bool:
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return any(not isinstance(item, ast.Starred) for item in node.elts)
        if isinstance(node, ast.Constant):
            return isinstance(node.value, str | bytes) and len(node.value) > 0
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "range" and self.qualified(node.func) == "builtins.range":
                given = [self.constant(arg) for arg in node.args]
                if given and all(isinstance(n, int) for n in given):
                    return len(range(*given)) > 0 if len(given) < 3 or given[2] else False
            if node.func.id in ("enumerate", "reversed", "sorted", "list") and node.args:
                return self.never_empty(node.args[0])
        return False
