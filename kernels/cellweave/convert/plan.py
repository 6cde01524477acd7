"""The steps of each task: what a process must have before each of its cells, and give away after.

A task runs its cells in notebook order. Before a cell come the setup items it needs that did not
run yet, at their place in the notebook, then the versions of names that the process lacks. A
version that was there before the task's first cell, under a name that nothing in the task touched
so far, is loaded at the start with all others like it: names that were stored as one group then
come back as one. Any other is loaded right before the cell that takes it.

    a = [1]                      # task A   store a
    b = len(a)                   # task B   load (a, A, cell 1); cell
    a.append(2)                  # task A
    print(a, b)                  # task B   load (a, A, cell 3); cell

`guards`, `visible` and `hazards` say what the run must check, because a mistake of the analysis
there would give a later cell a wrong value without an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from cellweave.convert.crossings import Crossings, is_channel
from cellweave.dataflow.facts import CellFacts, CellGraph, SetupItem
from cellweave.notebook.model import Cell
from cellweave.workflow.model import CellStep, LoadStep, Ref, SetupStep, Step, StoreStep


class TaskPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What one task does, and the parameters and channels it does it with."""

    steps: tuple[Step, ...]
    parameters: frozenset[str]
    channels: tuple[str, ...]


class Planner:
    """Plans the tasks of one notebook, given which cell is in which task."""

    def __init__(
        self, graph: CellGraph, cells: Mapping[str, Cell], owner: Mapping[str, str]
    ) -> None:
        self.facts = {facts.id: facts for facts in graph.cells}
        self.items = {item.id: item for item in graph.items}
        self.cells = cells
        self.owner = owner
        self.crossings = Crossings(graph, owner)

    def plan(self, task: str, members: Sequence[str]) -> TaskPlan:
        """Plan `task`, whose cells are `members` in notebook order."""
        return _Task(self, task, [self.facts[cell] for cell in members]).plan()


class _Task:
    def __init__(self, planner: Planner, task: str, cells: Sequence[CellFacts]) -> None:
        self.planner = planner
        self.task = task
        self.cells = cells
        self.have: dict[str, str] = {}
        """The version that the process holds of each name: a cell, or a setup item."""
        self.crossing: dict[str, str] = {}
        """Those of them that cells of other tasks take too."""
        self.touched: set[str] = set()
        self.first_loads: dict[Ref, None] = {}
        self.parameters: set[str] = set()
        self.slots = self._slots()

    def plan(self) -> TaskPlan:
        body: list[Step] = []
        for place, facts in enumerate(self.cells):
            for item in self.slots[place]:
                body.append(_setup(item))
                for name in item.binds:
                    self._hold(name, item.id)
            if loads := self._loads(facts):
                body.append(LoadStep(refs=loads))
            body.append(self._cell(facts))
            self._advance(facts)
            if store := self._store(facts):
                body.append(store)
        if self.first_loads:
            start = len(self.slots[0])
            body.insert(start, LoadStep(refs=tuple(self.first_loads)))
        names = {
            name
            for step in body
            if isinstance(step, LoadStep | StoreStep)
            for name in (
                step.names if isinstance(step, StoreStep) else [ref.name for ref in step.refs]
            )
        }
        return TaskPlan(
            steps=tuple(body),
            parameters=frozenset(self.parameters),
            channels=tuple(sorted(name for name in names if is_channel(name))),
        )

    def _slots(self) -> list[list[SetupItem]]:
        """Give for each cell the setup items that run right before it."""
        own = {facts.id for facts in self.cells}
        slots: list[dict[str, SetupItem]] = [{} for _ in self.cells]
        for facts in self.cells:
            self.parameters.update(facts.parameters)
            for name in facts.setup:
                item = self.planner.items[name]
                if item.kind == "parameter":
                    self.parameters.update(item.binds)
                elif item.cell not in own:
                    place = next(n for n, c in enumerate(self.cells) if c.index > item.index)
                    slots[place][item.id] = item
        return [sorted(slot.values(), key=lambda item: (item.index, item.line)) for slot in slots]

    def _loads(self, facts: CellFacts) -> tuple[Ref, ...]:
        """Give what must be loaded right before a cell; what can come first is noted."""
        start = self.cells[0].index
        late: set[str] = set()
        missing: list[tuple[str, str]] = []
        for name, writer in facts.inputs:
            if not self._lacks(name, writer):
                continue
            if name not in self.touched and self.planner.facts[writer].index < start:
                self.first_loads[self._ref(name, writer)] = None
            else:
                late.add(writer)
                missing.append((name, writer))
        # What was stored together is loaded together, or it would no longer share its objects.
        again = [
            (name, writer)
            for name, writer in facts.inputs
            if writer in late and (name, writer) not in missing
        ]
        return tuple(self._ref(name, writer) for name, writer in (*missing, *again))

    def _lacks(self, name: str, writer: str) -> bool:
        return self.planner.owner.get(writer) not in (None, self.task) and (
            self.have.get(name) != writer
        )

    def _ref(self, name: str, writer: str) -> Ref:
        return Ref(name=name, task=self.planner.owner[writer], cell=writer)

    def _advance(self, facts: CellFacts) -> None:
        for name in facts.writes:
            self._hold(name, facts.id)
        for name in facts.kills:
            self.touched.add(name)
            self.have.pop(name, None)
            self.crossing.pop(name, None)

    def _hold(self, name: str, version: str) -> None:
        """Note that the process has a version of a name, and whether others take it."""
        self.touched.add(name)
        self.have[name] = version
        if self.planner.crossings.leaves(name, version, self.task):
            self.crossing[name] = version
        else:
            self.crossing.pop(name, None)

    def _cell(self, facts: CellFacts) -> CellStep:
        for name, writer in facts.inputs:
            self._hold(name, writer)
        written = {*facts.writes, *facts.kills}
        guards = [
            name
            for name, version in self.crossing.items()
            if name not in written
            and self.planner.crossings.taken_after(name, version, facts.index, self.task)
        ]
        cell = self.planner.cells[facts.id]
        return CellStep(
            cell=facts.id,
            source=cell.source,
            writes=tuple(sorted(facts.writes)),
            guards=tuple(sorted(guards)),
            visible=self.planner.crossings.visible(facts, self.task),
            when=cell.options.when,
            map=cell.options.map,
        )

    def _store(self, facts: CellFacts) -> StoreStep | None:
        crossings = self.planner.crossings
        names = crossings.stored(facts.id)
        if not names:
            return None
        shares = {frozenset(pair) for pair in facts.shares}
        mutated = set(facts.mutated_later)
        live = [
            name
            for name, version in (self.have.items() if mutated else ())
            if name not in names
            and not is_channel(name)
            and crossings.needed_after(name, version, facts.index)
        ]
        hazards = [
            (name, other)
            for name in names
            if not is_channel(name)
            for other in sorted((*live, *(n for n in names if n > name and not is_channel(n))))
            if (name in mutated or other in mutated) and frozenset((name, other)) not in shares
        ]
        return StoreStep(cell=facts.id, names=names, hazards=tuple(hazards))


def _setup(item: SetupItem) -> SetupStep:
    return SetupStep(cell=item.cell, line=item.line, source=item.source, kind=item.kind)
