"""A small language for notebooks with a known graph, so that `convert` is tested without analysis.

book(cell("a", "x = 1", writes="x"), md("# Part"), cell("b", "y = x", reads="x", writes="y"))
"""

from __future__ import annotations

from typing import Any

import msgspec

from cellweave.dataflow.facts import CellEdge, CellFacts, CellGraph, Reason, SetupItem
from cellweave.notebook import options
from cellweave.notebook.model import Cell, Notebook
from cellweave.notebook.settings import Settings


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """A cell and what the analysis would say of it."""

    id: str
    kind: str
    source: str
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    role: str = "task"
    items: tuple[SetupItem, ...] = ()
    uses: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    facts: dict[str, Any] = {}


def cell(name: str, source: str = "", **given: Any) -> Spec:
    """A code cell; `reads`, `writes` and `uses` are written `"a b"`."""
    for key in ("reads", "writes", "uses"):
        given[key] = tuple(given.get(key, "").split())
    fields = {key: given.pop(key) for key in tuple(given) if key in Spec.__struct_fields__}
    if "role" not in fields:
        fields["role"] = "task" if fields["writes"] else "display"
    return Spec(id=name, kind="code", source=source or f"run({name!r})", facts=given, **fields)


def item(name: str, source: str, *, kind: str = "import", binds: str = "") -> SetupItem:
    """A setup item of the cell that it is given to; `name` is its id."""
    return SetupItem(
        id=name, cell="", index=0, line=1, source=source, kind=kind, binds=tuple(binds.split())
    )


def md(source: str) -> Spec:
    """A Markdown cell."""
    return Spec(id="", kind="markdown", source=source)


def book(*specs: Spec, split: str = "auto", after: str = "") -> tuple[Notebook, CellGraph]:
    """Make a notebook and its graph: each read is of the last writer above."""
    cells = []
    for index, spec in enumerate(specs):
        parsed, _ = (
            options.parse(spec.id, spec.source) if spec.kind == "code" else (options.NO_OPTIONS, ())
        )
        cells.append(
            Cell(
                id=spec.id or f"md{index}",
                index=index,
                kind=spec.kind,
                source=spec.source,
                options=parsed,
                tags=spec.tags,
            )
        )
    notebook = Notebook(path="book.ipynb", cells=tuple(cells), settings=Settings(split=split))
    return notebook, graph(specs)


def graph(specs: tuple[Spec, ...]) -> CellGraph:
    """Link the code cells by last writer."""
    facts: list[CellFacts] = []
    edges: list[CellEdge] = []
    items: list[SetupItem] = []
    version: dict[str, str] = {}
    for index, spec in enumerate(s for s in specs if s.kind == "code"):
        inputs = tuple((name, version[name]) for name in spec.reads if name in version)
        by_writer: dict[str, list[str]] = {}
        for name, writer in inputs:
            by_writer.setdefault(writer, []).append(name)
        edges += [
            CellEdge(
                source=writer,
                target=spec.id,
                kind="data",
                names=tuple(names),
                reasons=tuple(
                    Reason(
                        name=name,
                        cause="bound",
                        cell=writer,
                        line=1,
                        target_cell=spec.id,
                        target_line=1,
                    )
                    for name in names
                ),
            )
            for writer, names in by_writer.items()
        ]
        items += [msgspec.structs.replace(i, cell=spec.id, index=index) for i in spec.items]
        facts.append(
            CellFacts(
                id=spec.id,
                index=index,
                role=spec.role,
                inputs=inputs,
                writes=spec.writes,
                setup=spec.uses,
                **spec.facts,
            )
        )
        version.update(dict.fromkeys(spec.writes, spec.id))
    return CellGraph(cells=tuple(facts), edges=tuple(edges), items=tuple(items))
