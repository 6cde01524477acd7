"""The walk of one cell, and the record that is kept of it."""

from __future__ import annotations

import ast
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec

from cellweave.dataflow.facts import MapFact
from cellweave.dataflow.heap import Binding, Fields, Obj, Value
from cellweave.dataflow.mapping import Problem, examine
from cellweave.dataflow.setup import Candidate, candidate
from cellweave.dataflow.source import Parsed, parse
from cellweave.dataflow.specials import Interpreter
from cellweave.dataflow.state import ChannelUse, ExternalUse, FileUse, Mutation
from cellweave.dataflow.world import World

if TYPE_CHECKING:
    from cellweave.notebook.options import CellOptions


SECRET_WORDS = (
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "TOKEN",
    "API_KEY",
    "APIKEY",
    "PRIVATE_KEY",
    "CREDENTIAL",
)


class SourceCell(msgspec.Struct, frozen=True):
    """A code cell as the analysis takes it."""

    id: str
    source: str
    options: CellOptions | None = None
    parameters: bool = False


class Record:
    """What the walk of one cell found; compared field by field nowhere, replaced as a whole."""

    __slots__ = (
        "binds",
        "candidates",
        "cell",
        "channels",
        "classes",
        "compared",
        "displays",
        "error",
        "externals",
        "fields",
        "files",
        "from_opaque",
        "impure",
        "last_output",
        "looked_into",
        "looked_up",
        "map_problem",
        "maybe",
        "mutated",
        "opaque",
        "own_mutated",
        "parsed",
        "reads",
        "replayed",
        "secrets",
        "statements",
        "undefined",
    )  # fmt: skip

    def __init__(self, cell: SourceCell, parsed: Parsed) -> None:
        self.cell = cell
        self.parsed = parsed
        self.error = parsed.error
        self.statements = len(parsed.body)
        self.binds: dict[str, Binding] = {}
        self.fields: dict[Obj, Fields] = {}
        self.reads: dict[str, tuple[int, str]] = {}
        self.mutated: dict[Obj, Mutation] = {}
        self.own_mutated: set[Obj] = set()
        self.compared: list[tuple[Value, int]] = []
        self.channels: list[ChannelUse] = []
        self.files: list[FileUse] = []
        self.externals: list[ExternalUse] = []
        self.candidates: list[Candidate] = []
        self.undefined: dict[str, tuple[int, bool]] = {}
        self.maybe: dict[str, int] = {}
        self.impure: list[str] = []
        self.opaque = ""
        self.displays = False
        self.last_output = False
        self.from_opaque: dict[str, int] = {}
        self.replayed: set[str] = set()
        """Channels that its literal configuration sets, which later tasks repeat."""
        self.classes: frozenset[Obj] = frozenset()
        self.secrets: dict[str, str] = {}
        self.map_problem: Problem | None = None
        self.looked_up: set[str] = set()
        self.looked_into: set[Obj] = set()


MERGED = frozenset({"changed in place by .append()", "changed in place by `[…] = …`"})
"""Changes that may cross the iterations of a `map`, where the thing changed is collected."""


def option(cell: SourceCell, name: str) -> Any:
    """The value of a cell option, falsy where it is not set."""
    return getattr(cell.options, name, None) if cell.options is not None else None


def names_in(value: Any) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return [str(item) for item in value] if isinstance(value, list | tuple) else []


def record(world: World, cell: SourceCell, position: int, parsed: Parsed) -> Record:
    """Walk one cell in the world that earlier cells left. Never fails because of the cell."""
    out = Record(cell, parsed)
    if option(cell, "skip") is True:
        return out
    walk = Interpreter(world, position, cell.id, frozenset(names_in(option(cell, "pure"))))
    try:
        _walk(walk, cell, parsed, out)
    except Exception as error:
        deep = isinstance(error, RecursionError)
        why = "nested too deeply to be followed" if deep else f"beyond the analysis ({error!r})"
        walk = Interpreter(world, position, cell.id)
        walk.make_opaque(f"its code is {why}")
        for statement in parsed.body:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    walk.bind_global(node.id, walk.new())
    _keep(walk, out)
    return out


def _walk(walk: Interpreter, cell: SourceCell, parsed: Parsed, out: Record) -> None:
    named = bool(option(cell, "task"))
    walk.lines = cell.source.split("\n")
    condition = option(cell, "when") or ""
    if condition:
        for statement in parse(condition).body:
            if isinstance(statement, ast.Expr):
                walk.evaluate(statement.value)
    for name in names_in(option(cell, "reads")):
        walk.read_global(name, "named by the option `reads`")
    crowded = _crowded_lines(parsed.body)
    for at, statement in enumerate(parsed.body):
        if walk.dead:
            break
        last = at == len(parsed.body) - 1
        bound = frozenset(name for made in out.candidates for name in made.binds)
        found = None if condition else candidate(statement, walk, named=named, bound=bound)
        channels = len(walk.channels)
        before = len(walk.channels)
        _run(walk, statement, out)
        _note_secret(walk, statement, before, out)
        if found is not None:
            if found.kind == "config":
                # replayed in every later task; from a task of its own it is an order as well
                out.replayed.update(use.channel for use in walk.channels[channels:])
                if not named:
                    del walk.channels[channels:]
            if statement.lineno in crowded or statement.end_lineno in crowded:
                found = msgspec.structs.replace(found, text=ast.unparse(statement))
            out.candidates.append(found)
        if (
            last
            and isinstance(statement, ast.Expr)
            and not _is_docstring(statement)
            and not cell.source.rstrip().endswith(";")
        ):
            walk.displays = True
            if isinstance(statement.value, ast.Name):
                walk.show(walk.evaluate(statement.value))
            else:
                walk.channel("~option:pandas", "read", "shown")
                walk.channel("~option:numpy", "read", "shown")
    if parsed.capture:
        walk.bind_global(parsed.capture, walk.new("IPython.utils.capture.CapturedIO"))
    for name in names_in(option(cell, "writes")):
        binding = walk.incoming(name)
        if binding is not None:
            walk.mutate(binding.value, "named by the option `writes`")
        walk.bind_global(name, binding.value if binding else walk.new(), weak=binding is not None)
    if condition:
        walk.env = walk.join_env({}, walk.env)


def _note_secret(walk: Interpreter, statement: ast.stmt, before: int, out: Record) -> None:
    """`password = os.environ["DB_PASSWORD"]` makes `password` a secret."""
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        read = [
            use.channel[5:]
            for use in walk.channels[before:]
            if use.use == "read" and use.channel.startswith("~env:")
        ]
        secret = next((name for name in read if is_secret(name)), "")
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        if secret:
            out.secrets.update((t.id, secret) for t in targets if isinstance(t, ast.Name))


def is_secret(name: str) -> bool:
    """Does the name of an environment variable say that it holds a secret?"""
    return any(word in name.upper() for word in SECRET_WORDS)


def _run(walk: Interpreter, statement: ast.stmt, out: Record) -> None:
    """Walk a statement; where it is the loop of a `map` cell, watch what crosses its iterations."""
    variable = option(out.cell, "map")
    loop = isinstance(statement, ast.For) and isinstance(statement.target, ast.Name)
    if not variable or not loop or statement.target.id != variable:  # type: ignore[attr-defined]
        walk.run([statement])
        return
    found = examine(out.parsed.body, str(variable))
    collects = found.collects if isinstance(found, MapFact) else ()
    collected = {
        obj for name in collects if (bound := walk.current(name)) is not None for obj in bound.value
    }
    older = set(walk.heap)
    draws = len(walk.channels)
    walk.log = []
    walk.run([statement])
    log, walk.log = walk.log, None
    for obj, line, cause in log:
        outside = obj.cell != walk.cell or obj in older
        merged = obj in collected and cause in MERGED
        if outside and not merged:
            message = f"an iteration changes something outside itself ({cause})"
            out.map_problem = Problem("map-not-independent", line, str(variable), message)
            return
    for use in walk.channels[draws:]:
        if use.use != "read":
            message = f"the iterations share state of the process ({use.cause})"
            out.map_problem = Problem("map-not-independent", use.line, str(variable), message)
            return


def _crowded_lines(body: list[ast.stmt]) -> set[int]:
    """Lines that hold parts of more than one statement."""
    return {after.lineno for before, after in pairwise(body) if before.end_lineno == after.lineno}


def _is_docstring(statement: ast.Expr) -> bool:
    return (
        isinstance(statement.value, ast.Call)
        and isinstance(statement.value.func, ast.Name)
        and statement.value.func.id.startswith("__magic")
    )


def _keep(walk: Interpreter, out: Record) -> None:
    out.binds = walk.env
    out.fields = walk.heap
    out.reads = walk.reads
    out.mutated = walk.mutated
    out.own_mutated = walk.own_mutated
    out.compared = walk.compared
    out.channels = walk.channels
    out.files = walk.files
    out.externals = walk.externals
    out.undefined = walk.undefined
    out.maybe = walk.maybe
    out.impure = walk.impure
    out.opaque = walk.opaque
    out.displays = walk.displays
    out.last_output = walk.uses_last_output
    out.from_opaque = walk.from_opaque
    out.classes = frozenset(
        obj for obj in walk.heap if obj.kind == "class" and obj.cell == walk.cell
    )
    out.looked_up = walk.looked_up
    out.looked_into = walk.looked_into
