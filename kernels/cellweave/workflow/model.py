"""The compiled workflow: tasks, the steps of each, and the edges between them.

`workflow.json` is this, in canonical form. No backend's types occur here. A name that starts with
`~` is a channel of process state or a file, as in `docs/explanation/dataflow.md`.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Kind = Literal["data", "order"]


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why an edge is there, in cells and lines of the notebook."""

    name: str
    cause: str
    cell: str
    line: int
    target_cell: str
    target_line: int


class Edge(msgspec.Struct, frozen=True, kw_only=True, rename={"source": "from", "target": "to"}):
    """Task `target` needs what task `source` made of `names` (data), or must follow it (order)."""

    source: str
    target: str
    kind: Kind
    names: tuple[str, ...]
    possible: bool = False
    reasons: tuple[Reason, ...] = ()


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """A workflow input: `source` is the text of its default, `line` is in the parameters cell."""

    name: str
    source: str
    type: str = ""
    """The annotation's text, else the name of the default's type."""
    required: bool = False
    """The default is not a literal: it is evaluated once a run, then carried."""
    line: int = 0


class Ref(msgspec.Struct, frozen=True, kw_only=True):
    """A stored version of a name: made by `task`, just after its cell `cell`."""

    name: str
    task: str
    cell: str


class SetupStep(msgspec.Struct, frozen=True, kw_only=True, tag="setup", tag_field="step"):
    """Source that replays identically, from `cell` at `line`."""

    cell: str
    line: int
    source: str
    kind: str


class LoadStep(msgspec.Struct, frozen=True, kw_only=True, tag="load", tag_field="step"):
    """Bring stored versions into the process."""

    refs: tuple[Ref, ...]


class CellStep(msgspec.Struct, frozen=True, kw_only=True, tag="cell", tag_field="step"):
    """Run one of the user's cells.

    After it the runtime checks that nothing else changed: no name outside `writes` may be bound
    anew when it is in `visible`, and no object of a name in `guards` may have changed.
    """

    cell: str
    source: str
    """The user's own source, options and magics included."""
    writes: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    visible: tuple[str, ...] = ()
    """Names that a later cell of another task reads from another writer."""
    when: str = ""
    map: str = ""


class StoreStep(msgspec.Struct, frozen=True, kw_only=True, tag="store", tag_field="step"):
    """Write the current versions of `names`, made by `cell`, for other tasks.

    `hazards` are the pairs (stored name, other live name) that must not share a mutable object.
    """

    cell: str
    names: tuple[str, ...]
    hazards: tuple[tuple[str, str], ...] = ()


Step = SetupStep | LoadStep | CellStep | StoreStep


class Resources(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one attempt asks for: Kubernetes' own quantities for cpu, memory and gpu."""

    cpu: str = ""
    memory: str = ""
    gpu: str = ""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A group of cells, in notebook order, run by one process.

    Invariants: `cells` is not empty, and a cell belongs to one task.
    """

    name: str
    """`[a-z0-9]([-a-z0-9]*[a-z0-9])?`, at most 63 characters: a Kubernetes label."""
    title: str
    """What people see: the option, heading or variable it is named after, unshortened."""
    cells: tuple[str, ...]
    role: str
    steps: tuple[Step, ...]
    parameters: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    together: str = ""
    """Why its cells must share a process, where a reason beyond the split rule exists."""
    resources: Resources = Resources()
    options: dict[str, Any] = {}
    """The other cell options that hold for the task: retries, timeout, cache, engine, env, …"""


class External(msgspec.Struct, frozen=True, kw_only=True):
    """A source node of the graph: what `cell` of `task` reads from outside the notebook."""

    kind: str
    name: str
    cell: str
    line: int
    task: str


class Workflow(msgspec.Struct, frozen=True, kw_only=True):
    """The whole workflow; see `canonical.py` for its bytes and `version`."""

    format: int = 1
    name: str
    tasks: tuple[Task, ...]
    edges: tuple[Edge, ...]
    parameters: tuple[Parameter, ...] = ()
    externals: tuple[External, ...] = ()
    settings: dict[str, Any] = {}
    tables: str = ""
    """Digest of the purity tables that the graph was made with."""
