"""Branches: each is walked on a copy of the bindings, and the copies are joined where they meet.

A `try` body may stop after any of its statements, so its handlers start from all of those states.
"""

from __future__ import annotations

import ast

from cellweave.dataflow.heap import (
    Snapshot,
    Value,
    join,
)
from cellweave.dataflow.targets import Targets


class Branches(Targets):
    """`if`, `match` and `try`, and the states they part and join."""

    def snapshot(self) -> Snapshot:
        return dict(self.env), dict(self.scope.vars) if self.scope is not None else {}

    def restore(self, snap: Snapshot) -> None:
        self.env = dict(snap[0])
        if self.scope is not None:
            self.scope.vars = dict(snap[1])

    def meet(self, snaps: list[Snapshot]) -> Snapshot | None:
        """The joined bindings of branches that end here; `None` where none does."""
        if not snaps:
            return None
        env, variables = snaps[0]
        for other_env, other_vars in snaps[1:]:
            env = self.join_env(env, other_env)
            merged = dict(variables)
            for name, binding in other_vars.items():
                mine = merged.get(name)
                merged[name] = binding if mine is None or mine is binding else join(mine, binding)
            variables = merged
        return env, variables

    def arrive(self, snaps: list[Snapshot]) -> None:
        met = self.meet(snaps)
        if met is None:
            self.dead = True
        else:
            self.restore(met)
            self.dead = False

    def branch(self, start: Snapshot, body: list[ast.stmt], ends: list[Snapshot]) -> None:
        self.restore(start)
        self.dead = False
        self.run(body)
        if not self.dead:
            ends.append(self.snapshot())
        self.dead = False

    def do_if(self, node: ast.If) -> None:
        self.evaluate(node.test)
        truth = self.constant(node.test) if isinstance(node.test, ast.Constant) else None
        certain, self.certain = self.certain, False
        start = self.snapshot()
        ends: list[Snapshot] = []
        if truth is None or truth:
            self.branch(start, node.body, ends)
        if truth is None or not truth:
            self.branch(start, node.orelse, ends)
        self.certain = certain
        self.arrive(ends)

    def do_match(self, node: ast.Match) -> None:
        subject = self.evaluate(node.subject)
        certain, self.certain = self.certain, False
        start = self.snapshot()
        ends: list[Snapshot] = []
        total = False
        for case in node.cases:
            self.restore(start)
            self.capture(case.pattern, subject)
            self.evaluate(case.guard)
            self.branch(self.snapshot(), case.body, ends)
            if (
                isinstance(case.pattern, ast.MatchAs)
                and case.pattern.pattern is None
                and case.guard is None
            ):
                total = True
        if not total:
            ends.append(start)
        self.certain = certain
        self.arrive(ends)

    def capture(self, pattern: ast.pattern, subject: Value) -> None:
        inner = subject | self.elements(subject)
        for item in ast.walk(pattern):
            if isinstance(item, ast.MatchAs | ast.MatchStar) and item.name:
                whole = item is pattern or isinstance(pattern, ast.MatchAs | ast.MatchOr)
                self.bind(
                    item.name,
                    subject
                    if whole
                    and isinstance(item, ast.MatchAs)
                    and item.pattern is None
                    and item is pattern
                    else inner,
                )
            elif isinstance(item, ast.MatchMapping) and item.rest:
                self.bind(item.rest, self.new("builtins.dict", holds=inner))
            elif isinstance(item, ast.MatchValue):
                self.evaluate(item.value)
            elif isinstance(item, ast.MatchClass):
                self.evaluate(item.cls)

    def do_try(self, node: ast.Try) -> None:
        start = self.snapshot()
        certain, self.certain = self.certain, False
        ends: list[Snapshot] = []
        thrown = [start]
        for statement in node.body:  # it may stop after any of them
            if self.dead:
                break
            self.run([statement])
            if not self.dead:
                thrown.append(self.snapshot())
        reached = not self.dead
        if reached:
            self.run(node.orelse)
            if not self.dead:
                ends.append(self.snapshot())
        for handler in node.handlers:
            met = self.meet(thrown)
            self.restore(met or start)
            self.dead = False
            self.evaluate(handler.type)
            if handler.name:
                self.bind(handler.name, self.new())
            self.run(handler.body)
            if not self.dead:
                if handler.name:
                    self.unbind(handler.name)
                ends.append(self.snapshot())
        self.certain = certain
        self.arrive(ends)
        dead, self.dead = self.dead, False
        self.run(node.finalbody)
        self.dead = self.dead or dead
