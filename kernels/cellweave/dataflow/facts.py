"""What the analysis says of a notebook: facts of each cell, and the edges between cells.

These are plain data, made by `link.py` and read by `convert`. A *version* of a name is the pair
(name, id of the cell that last wrote it). A name that starts with `~` is not a variable but a
channel of process state (`~random`, `~numpy.random`, `~cwd`, `~env:MODE`) or `~file:PATH`.
Markdown and raw cells do not appear here. Lines count from 1 within the cell.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from cellweave.diagnostics.core import Diagnostic
from cellweave.workflow.model import Reason

Role = Literal["parameters", "setup", "task", "display", "skipped"]
ItemKind = Literal["import", "definition", "literal", "config", "parameter"]
EdgeKind = Literal["data", "order"]


class CellEdge(msgspec.Struct, frozen=True, kw_only=True):
    """`target` needs the versions of `names` that `source` wrote (data), or must follow (order)."""

    source: str
    target: str
    kind: EdgeKind
    names: tuple[str, ...]
    possible: bool = False
    """All that it stands for is possible writes by calls that the analysis cannot see into."""
    reasons: tuple[Reason, ...] = ()


class SetupItem(msgspec.Struct, frozen=True, kw_only=True):
    """A run of statements that replays identically in any process, as source.

    Invariant: everything in `needs` is an earlier item; `id` is `<cell>:<first line>`.
    """

    id: str
    cell: str
    index: int
    """Position of its cell among the code cells."""
    line: int
    source: str
    kind: ItemKind
    binds: tuple[str, ...]
    needs: tuple[str, ...] = ()


class External(msgspec.Struct, frozen=True, kw_only=True):
    """Something outside the notebook that a cell reads."""

    kind: Literal["file", "url", "table", "environment", "secret", "module"]
    name: str
    cell: str
    line: int


class MapFact(msgspec.Struct, frozen=True, kw_only=True):
    """A `map` cell: `variable` runs over `over`, and each iteration is proven independent."""

    variable: str
    over: str
    collects: tuple[str, ...]


class CellFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What one code cell takes, changes and hands on, seen from outside it."""

    id: str
    index: int
    role: Role
    inputs: tuple[tuple[str, str], ...] = ()
    """(name, writer cell) of each version that must be in the process before the cell; a channel
    where it starts with `~`; without parameters and names that come from setup items."""
    writes: tuple[str, ...] = ()
    """Names and channels whose current version is this cell's once it has run: bound, maybe bound,
    changed in place, possibly changed, or handed on as part of a group."""
    possible: tuple[str, ...] = ()
    """Those of `writes` that are no more than possible."""
    kills: tuple[str, ...] = ()
    """Names deleted and not bound again."""
    setup: tuple[str, ...] = ()
    """Ids of the setup items that must run before the cell, in order, all dependencies included."""
    parameters: tuple[str, ...] = ()
    """Workflow parameters that the cell reads."""
    shares: tuple[tuple[str, str], ...] = ()
    """Pairs of names known to share objects after this cell: the plan is right for them."""
    mutated_later: tuple[str, ...] = ()
    """Names bound after this cell whose objects some later cell changes (or may change)."""
    keep_with: tuple[tuple[str, str], ...] = ()
    """(earlier cell, reason) for each cell that must run in the same process as this one."""
    opaque: str = ""
    """Why the analysis cannot see into this cell (`exec`, `%run`, …); empty when it can."""
    map: MapFact | None = None
    displays: bool = False
    """The cell writes nothing; it only shows."""


class CellGraph(msgspec.Struct, frozen=True, kw_only=True):
    """The whole analysis of a notebook, at the level of its code cells, in notebook order."""

    cells: tuple[CellFacts, ...]
    edges: tuple[CellEdge, ...]
    """Between code cells that are tasks; an input with its writer is an edge, and each edge one."""
    setup_edges: tuple[CellEdge, ...] = ()
    """From cells with setup items to the cells that use them."""
    items: tuple[SetupItem, ...] = ()
    externals: tuple[External, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
