"""`#| map: x`: is the cell one loop over `x` whose iterations do not depend on each other?

Only three things may cross iterations, all merged in list order afterwards: `xs.append(…)`,
`d[key] = …` and sums (`total += …`). Whatever else an iteration changes outside itself, or reads
from the one before, makes the loop no map.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

import msgspec

from cellweave.dataflow.facts import MapFact


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
    inner = {
        id(child)
        for node in ast.walk(loop)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        or (isinstance(node, ast.For | ast.While) and node is not loop)
        for child in ast.walk(node)
        if isinstance(child, ast.Return if not isinstance(node, ast.For | ast.While) else ast.Break)
    }
    """Returns of functions and breaks of loops that stand inside the loop leave only those."""
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
        elif isinstance(node, ast.AugAssign):
            shared = node.target if isinstance(node.target, ast.Name) else node.target.value
            if not isinstance(shared, ast.Name) or shared.id not in _bound_first(loop.body):
                return Problem(
                    "map-not-independent",
                    node.lineno,
                    shared.id if isinstance(shared, ast.Name) else variable,
                    "an iteration updates what others update, by other than `+=` on a name",
                )
        elif isinstance(node, ast.Break | ast.Return) and id(node) not in inner:
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
    rebound = {
        n.id
        for s in ast.walk(loop)
        if isinstance(s, ast.Assign)
        for target in s.targets
        for n in ast.walk(target)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    carried = _carried(loop.body, bound)
    assigned = {
        n.id
        for s in loop.body
        for n in ast.walk(s)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    for name, line in carried:
        if name in assigned and (name not in collects or name in rebound):
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


def _bound_first(body: list[ast.stmt]) -> set[str]:
    """Names that each iteration binds before it does anything else with them."""
    read = {name for name, _ in _carried(body, set())}
    return {
        n.id
        for statement in body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        for n in ast.walk(target)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    } - read


def _carried(body: list[ast.stmt], bound: set[str]) -> list[tuple[str, int]]:
    """Names read before the iteration has bound them, with their lines."""
    out: list[tuple[str, int]] = []
    _follow(body, set(bound), out)
    return out


def _follow(body: list[ast.stmt], known: set[str], out: list[tuple[str, int]]) -> set[str]:
    """Walk statements in order; give the names bound on every path through them."""
    for statement in body:
        match statement:
            case ast.If():
                _reads([statement.test], known, out)
                ends = [_follow(arm, set(known), out) for arm in (statement.body, statement.orelse)]
                known |= ends[0] & ends[1]
            case ast.Try():
                tried = _follow(statement.body, set(known), out)
                ends = [_follow(handler.body, set(known), out) for handler in statement.handlers]
                known |= set.intersection(tried, *ends) if ends else tried
                _follow(statement.orelse, set(known), out)
                known = _follow(statement.finalbody, known, out)
            case ast.With() | ast.AsyncWith():
                for item in statement.items:
                    _reads([item.context_expr], known, out)
                    known |= _stores(item.optional_vars)
                known = _follow(statement.body, known, out)
            case ast.For() | ast.AsyncFor():
                _reads([statement.iter], known, out)
                _follow(statement.body, known | _stores(statement.target), out)
                _follow(statement.orelse, set(known), out)
            case ast.While():
                _reads([statement.test], known, out)
                _follow(statement.body, set(known), out)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                inner = {n.arg for n in ast.walk(statement) if isinstance(n, ast.arg)}
                _reads([statement], known | inner | _stores(statement) | {statement.name}, out)
                known.add(statement.name)
            case ast.AugAssign():
                _reads([statement.value], known, out)
                if isinstance(statement.target, ast.Name):
                    if statement.target.id not in known:
                        out.append((statement.target.id, statement.lineno))
                else:
                    _reads([statement.target], known, out)
            case ast.Assign():
                _reads([statement.value, *statement.targets], known, out)
                for target in statement.targets:
                    known |= _stores(target)
            case ast.AnnAssign():
                _reads([statement.value] if statement.value else [], known, out)
                known |= _stores(statement.target) if statement.value else set()
            case _:
                _reads([statement], known | _comprehension_names(statement), out)
                known |= _stores(statement) - _comprehension_names(statement)
    return known


def _reads(nodes: Sequence[ast.AST], known: set[str], out: list[tuple[str, int]]) -> None:
    for node in nodes:
        hidden = known | _comprehension_names(node)
        out.extend(
            (n.id, n.lineno)
            for n in ast.walk(node)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and n.id not in hidden
        )


def _stores(node: ast.AST | None) -> set[str]:
    nodes = ast.walk(node) if node is not None else ()
    return {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _comprehension_names(node: ast.AST) -> set[str]:
    return {
        name
        for inner in ast.walk(node)
        if isinstance(inner, ast.comprehension)
        for name in _stores(inner.target)
    }
