"""The analysis of a notebook: interpret each cell, link the cells, and keep both up to date.

An edit interprets the edited cell again and then only cells that read something which changed.
"""

from __future__ import annotations

import gc
import heapq
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from cellweave.dataflow.assemble import Assembly
from cellweave.dataflow.effects.tables import Tables, load
from cellweave.dataflow.facts import CellGraph
from cellweave.dataflow.link import Chains
from cellweave.dataflow.patch import patch, same_shape
from cellweave.dataflow.record import Record, SourceCell, record
from cellweave.dataflow.source import Parsed, parse
from cellweave.dataflow.world import World

if TYPE_CHECKING:
    from cellweave.notebook.model import Notebook

_parse = lru_cache(maxsize=4096)(parse)
"""A cell's tree is a function of its source alone."""


@contextmanager
def collector_paused() -> Iterator[None]:
    """Trees are many small objects: collecting garbage while making them doubles the time."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


class Analysis:
    """A notebook's cells under analysis.

    `visited` counts the cells that the last call had to interpret.
    """

    def __init__(
        self,
        cells: Sequence[SourceCell],
        *,
        tables: Tables | None = None,
        mutations: bool = True,
        folder: str = "",
    ) -> None:
        self.world = World(tables or load(), mutations=mutations)
        self.folder = folder
        self.cells = list(cells)
        self.world.local_modules = local_modules(folder)
        self.records: list[Record] = []
        self.parsed: list[Parsed] = []
        self.visited = 0
        self._position = {cell.id: i for i, cell in enumerate(self.cells)}
        self._graph: CellGraph | None = None
        self._assembly: Assembly | None = None
        self._edited: dict[int, Record] = {}
        """Positions walked again since the last linking, each with the record it had then."""
        with collector_paused():
            for position, cell in enumerate(self.cells):
                self.parsed.append(_parse(cell.source))
                self.records.append(Record(cell, self.parsed[-1]))
                self._interpret(position)
                self.visited += 1

    def edit(self, cell: str, source: str | SourceCell) -> None:
        """Give `cell` a new source (or source and options), and interpret what that changes.

        Raises KeyError where there is no such cell.
        """
        position = self._position[cell]
        old = self.cells[position]
        new = (
            source
            if isinstance(source, SourceCell)
            else msgspec.structs.replace(old, source=source)
        )
        self.cells[position] = new
        self.parsed[position] = _parse(new.source)
        self._graph = None
        self.visited = 0
        todo = [position]
        waiting = {position}
        while todo:
            at = heapq.heappop(todo)
            waiting.discard(at)
            self.visited += 1
            for later in self._interpret(at):
                if later not in waiting:
                    waiting.add(later)
                    heapq.heappush(todo, later)

    def graph(self) -> CellGraph:
        """Link the cells and say what the analysis found."""
        if self._graph is None and self._assembly is not None:
            with collector_paused():
                if all(
                    same_shape(old, self.records[at]) and patch(self._assembly, at)
                    for at, old in self._edited.items()
                ):
                    self._graph = self._assembly.graph()
        self._edited = {}
        if self._graph is None:
            self.world.environment = {
                use.channel
                for r in self.records
                for use in r.channels
                if use.use != "read" and use.channel.startswith("~env:")
            }
            with collector_paused():
                chains = Chains(self.world)
                chains.build(self.records)
                self._assembly = Assembly(self.world, self.records, chains, self.folder)
                self._graph = self._assembly.graph()
        return self._graph

    def _interpret(self, position: int) -> set[int]:
        """Walk one cell; give the later cells that read what has changed by it."""
        world = self.world
        old = self.records[position]
        modules_change = world.modules_change
        new = record(world, self.cells[position], position, self.parsed[position])
        self.records[position] = new
        names, heap = world.names, world.heap
        changed = False
        self._edited.setdefault(position, old)
        dirty: set[int] = set()
        for name in old.binds:
            if name not in new.binds:
                changed = True
                dirty.update(names.readers_after(name, position))
                names.erase(name, position)
        for obj in old.fields:
            if obj not in new.fields:
                changed = True
                dirty.update(heap.readers_after(obj, position))
                heap.erase(obj, position)
        for name in old.looked_up - new.looked_up:
            names.drop_reader(name, position)
        for obj in old.looked_into - new.looked_into:
            heap.drop_reader(obj, position)
        for name in new.looked_up:
            names.note_reader(name, position)
        for obj in new.looked_into:
            heap.note_reader(obj, position)
        for obj, fields in new.fields.items():
            if heap.write(obj, position, fields):
                changed = True
                dirty.update(heap.readers_after(obj, position))
        for name, binding in new.binds.items():
            if names.write(name, position, binding):
                changed = True
                dirty.update(names.readers_after(name, position))
        if changed:
            world.reached.clear()
            self._assembly = None
            self._hold(position, new)
        if old.classes != new.classes or modules_change != world.modules_change:
            # any cell may call a method of that name, or look at that module
            dirty.update(range(position + 1, len(self.records)))
        return dirty

    def _hold(self, position: int, made: Record) -> None:
        """Note which names may reach which objects."""
        holders = self.world.holders
        after = position + 1
        for name, binding in made.binds.items():
            if binding.value:
                for obj in self.world.reach(binding.value, after):
                    known = holders.get(obj)
                    if known is None:
                        holders[obj] = {name}
                    else:
                        known.add(name)
        for obj in made.fields:
            # what this cell itself made is reached through its names or through older objects
            names = holders.get(obj) if obj.cell != made.cell.id else None
            if names and made.fields[obj]:
                for held in self.world.reach((obj,), after):
                    if held is not obj:
                        holders.setdefault(held, set()).update(names)


def analyse(
    notebook: Notebook, *, tables: Tables | None = None, mutations: bool = True
) -> CellGraph:
    """The graph of a notebook, at the level of its code cells."""
    return Analysis(
        source_cells(notebook), tables=tables, mutations=mutations, folder=folder_of(notebook)
    ).graph()


def source_cells(notebook: Notebook) -> list[SourceCell]:
    """The code cells of a notebook as the analysis takes them."""
    parameters = notebook.parameters_cell
    return [
        SourceCell(
            cell.id, cell.source, cell.options, parameters is not None and cell.id == parameters.id
        )
        for cell in notebook.code_cells
    ]


def folder_of(notebook: Notebook) -> str:
    """The folder that relative names in the notebook start from, "" where there is none."""
    return str(Path(notebook.path).parent) if notebook.path else ""


def local_modules(folder: str) -> frozenset[str]:
    """Names of the Python modules and packages that stand beside the notebook."""
    if not folder:
        return frozenset()
    found: set[str] = set()
    try:
        for entry in Path(folder).iterdir():
            if entry.suffix == ".py" or (entry / "__init__.py").is_file():
                found.add(entry.stem)
    except OSError:
        return frozenset()
    return frozenset(found)
