"""Walking statements in order.

`EXECUTORS` dispatches on the kind of node; `branches.py`, `loops.py`, `targets.py` and
`definitions.py` hold those that need more than a line.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, Final

from cellweave.dataflow.definitions import Definitions
from cellweave.dataflow.heap import (
    GENERATOR,
    NOTHING,
    Obj,
    Value,
)


class Statements(Definitions):
    """Execution of statements on abstract values."""

    def run(self, body: list[ast.stmt]) -> None:
        top = self.call_depth == 0
        for statement in body:
            if self.dead:
                break
            if top:
                self.line = statement.lineno
            handler = EXECUTORS.get(type(statement))
            if handler is not None:
                handler(self, statement)

    def do_expr(self, node: ast.Expr) -> None:
        self.evaluate(node.value)

    def do_return(self, node: ast.Return) -> None:
        value = self.evaluate(node.value)
        if self.stack:
            self.stack[-1].returns |= value
            self.stack[-1].exits.append(dict(self.env))
        self.dead = True

    def do_raise(self, node: ast.Raise) -> None:
        self.evaluate(node.exc)
        self.evaluate(node.cause)
        self.dead = True

    def do_assert(self, node: ast.Assert) -> None:
        self.evaluate(node.test)
        self.evaluate(node.msg)

    def do_with(self, node: ast.With | ast.AsyncWith) -> None:
        leaving: list[tuple[Obj, Value]] = []
        suppress = False
        for item in node.items:
            value = self.evaluate(item.context_expr)
            if isinstance(item.context_expr, ast.Call):
                suppress = (
                    suppress or self.qualified(item.context_expr.func) == "contextlib.suppress"
                )
            inner = NOTHING
            for obj in value:
                if obj.kind == "inst":
                    for func in self.find(obj, "__enter__") | self.find(obj, "__aenter__"):
                        inner |= self.call_on(func, obj)
                    leaving.append((obj, self.find(obj, "__exit__") | self.find(obj, "__aexit__")))
                elif obj.handle == GENERATOR:
                    inner |= self.elements(frozenset((obj,)))
                else:
                    inner |= {obj}
            if item.optional_vars is not None:
                self.assign(item.optional_vars, inner)
        start = self.snapshot() if suppress else None
        self.run(node.body)
        if start is not None:
            ends = [start] + ([] if self.dead else [self.snapshot()])
            self.arrive(ends)
        for obj, functions in leaving:
            for func in functions:
                self.call_on(func, obj, NOTHING, NOTHING, NOTHING)


EXECUTORS: Final[dict[type, Callable[[Any, Any], None]]] = {
    ast.Expr: Statements.do_expr,
    ast.Assign: Statements.do_assign,
    ast.AnnAssign: Statements.do_annassign,
    ast.AugAssign: Statements.do_augassign,
    ast.For: Statements.do_for,
    ast.AsyncFor: Statements.do_for,
    ast.While: Statements.do_while,
    ast.If: Statements.do_if,
    ast.With: Statements.do_with,
    ast.AsyncWith: Statements.do_with,
    ast.Try: Statements.do_try,
    ast.TryStar: Statements.do_try,
    ast.Match: Statements.do_match,
    ast.FunctionDef: Statements.do_function,
    ast.AsyncFunctionDef: Statements.do_function,
    ast.ClassDef: Statements.do_class,
    ast.Return: Statements.do_return,
    ast.Delete: Statements.do_delete,
    ast.Import: Statements.do_import,
    ast.ImportFrom: Statements.do_import_from,
    ast.Raise: Statements.do_raise,
    ast.Assert: Statements.do_assert,
    ast.Break: Statements.do_leave,
    ast.Continue: Statements.do_leave,
}
"""What walks each kind of statement."""
