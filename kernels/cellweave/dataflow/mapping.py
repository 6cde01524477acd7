"""`#| map: x`: is the cell one loop over `x` whose iterations do not depend on each other?

Only three things may cross iterations, all merged in list order afterwards: `xs.append(…)`,
`d[key] = …` and sums (`total += …`). Whatever else an iteration changes outside itself, or reads
from the one before, makes the loop no map.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

import msgspec

from cellweave.dataflow.facts import MapFact
from cellweave.dataflow.scopes import walk_names


class Problem(msgspec.Struct, frozen=True):
    """Why a cell is no map: `code` is `map-shape` or `map-not-independent`."""

    code: str
    line: int
    name: str
    message: str


def examine(body: list[ast.stmt], variable: str) -> MapFact | Problem:
    """The map that a cell's statements are, or what is in the way."""
    loops = [s for s in body if isinstance(s, ast.For)]
    for statement in body:
        if isinstance(statement, ast.Assign) and isinstance(
            statement.value, ast.ListComp | ast.DictComp
        ):
            first = statement.value.generators[0]
            if (
                isinstance(first.target, ast.Name)
                and first.target.id == variable
                and len(statement.value.generators) == 1
            ):
                targets = tuple(t.id for t in statement.targets if isinstance(t, ast.Name))
                return MapFact(variable=variable, over=ast.unparse(first.iter), collects=targets)
    if (
        len(loops) != 1
        or not isinstance(loops[0].target, ast.Name)
        or loops[0].target.id != variable
    ):
        line = loops[0].lineno if loops else (body[0].lineno if body else 1)
        return Problem(
            "map-shape",
            line,
            variable,
            f"`map: {variable}` needs one top-level `for {variable} in …:` in its cell, or a "
            "comprehension over it",
        )
    loop = loops[0]
    if loop.orelse:
        return Problem(
            "map-shape", loop.lineno, variable, "the loop of a `map` cell has no `else:`"
        )
    return _independent(loop, variable)


def _independent(loop: ast.For, variable: str) -> MapFact | Problem:
    collects: dict[str, str] = {}
    allowed: set[int] = set()
    for node in ast.walk(loop):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "append"
            and isinstance(node.func.value, ast.Name)
        ):
            collects.setdefault(node.func.value.id, "append")
            allowed.add(id(node.func.value))
        elif (
            isinstance(node, ast.Assign)
            and len(node.targets) == 1
            and isinstance(node.targets[0], ast.Subscript)
        ):
            target = node.targets[0].value
            if isinstance(target, ast.Name):
                collects.setdefault(target.id, "item")
                allowed.add(id(target))
        elif (
            isinstance(node, ast.AugAssign)
            and isinstance(node.op, ast.Add)
            and isinstance(node.target, ast.Name)
        ):
            collects.setdefault(node.target.id, "sum")
            allowed.add(id(node.target))
        elif isinstance(node, ast.Break | ast.Return):
            return Problem(
                "map-not-independent",
                node.lineno,
                variable,
                "the loop leaves early, so an iteration depends on the ones before",
            )
        elif isinstance(node, ast.Global | ast.Nonlocal | ast.Delete):
            return Problem(
                "map-not-independent",
                node.lineno,
                variable,
                "an iteration changes names outside the loop",
            )
    bound = {variable}
    carried = _carried(loop.body, bound)
    assigned = {
        n.id
        for s in loop.body
        for n in ast.walk(s)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    for name, line in carried:
        if name in assigned and name not in collects:
            return Problem(
                "map-not-independent",
                line,
                name,
                f"an iteration reads `{name}`, which the iteration before it has set",
            )
    for node in ast.walk(loop):
        if (
            isinstance(node, ast.Name)
            and node.id in collects
            and id(node) not in allowed
            and not (collects[node.id] == "item" and node.id in bound)
            and collects[node.id] in ("sum", "append", "item")
            and node.id not in _locals(loop, collects)
        ):
            return Problem(
                "map-not-independent",
                node.lineno,
                node.id,
                f"an iteration reads `{node.id}`, which other iterations change",
            )
    outer = tuple(name for name in collects if name not in _locals(loop, collects))
    return MapFact(variable=variable, over=ast.unparse(loop.iter), collects=outer)


def _locals(loop: ast.For, collects: Iterable[str]) -> set[str]:
    """Collecting names that each iteration makes for itself."""
    made: set[str] = set()
    for statement in loop.body:
        if isinstance(statement, ast.Assign):
            made |= {t.id for t in statement.targets if isinstance(t, ast.Name)}
    return made & set(collects)


def _carried(body: list[ast.stmt], bound: set[str]) -> list[tuple[str, int]]:
    """Names read before the iteration has bound them, with their lines."""
    out: list[tuple[str, int]] = []
    known = set(bound)
    for statement in body:
        if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            reads = walk_names([statement.value])
        elif isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr):
            reads = {
                n.id
                for n in ast.walk(statement)
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
            }
        else:
            reads = {
                n.id
                for n in ast.walk(statement)
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
            }
            inner = {
                n.id
                for n in ast.walk(statement)
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
            if isinstance(statement, ast.For | ast.With):
                reads -= inner
        out.extend((name, statement.lineno) for name in sorted(reads - known))
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                known |= {
                    n.id
                    for n in ast.walk(target)
                    if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
                }
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            known.add(statement.target.id)
    return out
