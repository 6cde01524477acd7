"""The cells that may become tasks, and groups of them while the split is being made.

Cells are numbered from 0 in notebook order, as `CellGraph.cells` is; a group is known by a number
of its own, so that two groups can be joined without renaming anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from cellweave.convert.options import resource_key
from cellweave.convert.outline import Section, sections
from cellweave.dataflow.facts import CellFacts, CellGraph
from cellweave.diagnostics.core import Diagnostic
from cellweave.notebook.model import Cell, Notebook
from cellweave.workflow.model import Reason
from cellweave.workflow.order import components


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Cells of one task, in notebook order."""

    cells: tuple[str, ...]
    given: str = ""
    """The name that the user gave it."""
    together: tuple[str, ...] = ()
    """Reasons beyond the split rule that its cells share a process."""


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """The groups, by their first cell, and what was found on the way."""

    groups: tuple[Group, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


class Material:
    """What the split looks at: code cells, facts, sections, and the edges between task cells."""

    def __init__(self, notebook: Notebook, graph: CellGraph) -> None:
        by_id = {cell.id: cell for cell in notebook.code_cells}
        self.facts: tuple[CellFacts, ...] = graph.cells
        self.cells: tuple[Cell, ...] = tuple(by_id[facts.id] for facts in self.facts)
        self.number = {facts.id: index for index, facts in enumerate(self.facts)}
        outline = sections((c.id, c.kind, c.source) for c in notebook.cells)
        self.sections: Sequence[Section] = [outline[facts.id] for facts in self.facts]
        self.edges = [
            (self.number[e.source], self.number[e.target])
            for e in graph.edges
            if e.source != e.target
        ]
        self.names: dict[tuple[int, int], tuple[str, ...]] = {}
        self.reasons: dict[tuple[int, int], tuple[Reason, ...]] = {}
        for edge in graph.edges:
            ends = (self.number[edge.source], self.number[edge.target])
            self.names[ends] = (*self.names.get(ends, ()), *edge.names)
            self.reasons[ends] = (*self.reasons.get(ends, ()), *edge.reasons)
        writers = {writer for facts in self.facts for _, writer in facts.inputs}
        self.members = [
            index
            for index, (cell, facts) in enumerate(zip(self.cells, self.facts, strict=True))
            if _is_member(cell, facts, writes_values=facts.id in writers)
        ]
        self.sources: dict[int, set[int]] = {index: set() for index in self.members}
        for source, target in self.edges:
            self.sources.setdefault(target, set()).add(source)
        leads = {source for source, _ in self.edges}
        self.display = [
            facts.role == "display" and index not in leads for index, facts in enumerate(self.facts)
        ]
        self.reported = {(found.cell, found.code) for found in graph.diagnostics}
        self.keys = [resource_key(cell.options) for cell in self.cells]
        self.keep_with = [
            (self.number[earlier], index, reason)
            for index, facts in enumerate(self.facts)
            for earlier, reason in facts.keep_with
        ]

    def is_map(self, index: int) -> bool:
        """Tell whether the cell's loop is split, so that nothing else can be in its task."""
        return bool(self.cells[index].options.map)

    def is_alone(self, index: int) -> bool:
        """Tell whether no cell should join this one: a map, or parameters to be evaluated."""
        return self.is_map(index) or is_parameters(self.cells[index])


def _is_member(cell: Cell, facts: CellFacts, *, writes_values: bool) -> bool:
    if facts.role == "skipped":
        return False
    if cell.options.task or writes_values:
        return True
    return facts.role in ("task", "display") and has_code(cell.source)


def is_parameters(cell: Cell) -> bool:
    """Tell the cell with papermill's tag."""
    return "parameters" in cell.tags


def has_code(source: str) -> bool:
    """Tell a cell that runs something from one of comments, option lines and blank lines."""
    return any(line.strip() and not line.lstrip().startswith("#") for line in source.splitlines())


class Draft:
    """Groups in the making: which group each cell is in, and why cells were put together."""

    def __init__(self) -> None:
        self.home: dict[int, int] = {}
        self.given: dict[int, str] = {}
        self.together: dict[int, dict[str, None]] = {}
        self.next = 0

    def start(self, *cells: int, given: str = "") -> int:
        """Make a new group of `cells`, and give its number."""
        group = self.next
        self.next += 1
        if given:
            self.given[group] = given
        for cell in cells:
            self.home[cell] = group
        return group

    def members(self) -> dict[int, list[int]]:
        """Give the cells of each group."""
        found: dict[int, list[int]] = {}
        for cell in sorted(self.home):
            found.setdefault(self.home[cell], []).append(cell)
        return found

    def join(self, groups: Iterable[int], reasons: Iterable[str] = ()) -> None:
        """Make one group of several; at most one of them may be named by the user."""
        numbers = sorted(set(groups))
        named = [number for number in numbers if number in self.given]
        into = named[0] if named else numbers[0]
        for cell, group in self.home.items():
            if group in numbers:
                self.home[cell] = into
        kept = self.together.setdefault(into, {})
        for number in numbers:
            kept.update(self.together.get(number, {}) if number != into else {})
        kept.update(dict.fromkeys(reasons))

    def cycles(self, edges: Iterable[tuple[int, int]]) -> list[tuple[int, ...]]:
        """Give the sets of groups that wait for each other."""
        after: dict[int, set[int]] = {group: set() for group in self.home.values()}
        for source, target in edges:
            one, other = self.home.get(source), self.home.get(target)
            if one is not None and other is not None and one != other:
                after[one].add(other)
        found = components(sorted(after), after)
        return [group for group in found if len(group) > 1]

    def groups(self, ids: Mapping[int, str] | Sequence[str]) -> tuple[Group, ...]:
        """Give what was made, by first cell."""
        return tuple(
            Group(
                cells=tuple(ids[cell] for cell in cells),
                given=self.given.get(number, ""),
                together=tuple(self.together.get(number, ())),
            )
            for number, cells in sorted(self.members().items(), key=lambda item: item[1][0])
        )
