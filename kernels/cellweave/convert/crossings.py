"""Which versions cross from one task to another, and which later cells still want them."""

from __future__ import annotations

from collections.abc import Mapping

from cellweave.dataflow.facts import CellFacts, CellGraph


def is_channel(name: str) -> bool:
    """Tell process state and files from variables."""
    return name.startswith("~")


_Two = tuple[tuple[int, str], tuple[int, str]]
"""The last reader and its task, and the last reader in any other task: enough to answer for all."""
_NOBODY = (-1, "")


def _two(tasks: Mapping[str, int]) -> _Two:
    ranked = sorted(((last, task) for task, last in tasks.items()), reverse=True)
    return ranked[0], ranked[1] if len(ranked) > 1 else _NOBODY


def _last_elsewhere(two: _Two | None, task: str) -> int:
    """Give the index of the last reader in a task other than `task`; -1 where there is none."""
    if two is None:
        return -1
    first, second = two
    return first[0] if first[1] != task else second[0]


class Crossings:
    """Answers what plan.py asks about readers in other tasks; made once for a notebook."""

    def __init__(self, graph: CellGraph, owner: Mapping[str, str]) -> None:
        self.owner = owner
        self.last: dict[tuple[str, str], int] = {}
        """Index of the last cell that takes a version."""
        self.by_task: dict[tuple[str, str], dict[str, int]] = {}
        """The same for each task that takes it."""
        self.out: dict[str, set[str]] = {}
        index = {facts.id: facts.index for facts in graph.cells}
        for facts in graph.cells:
            task = owner.get(facts.id)
            for name, writer in facts.inputs:
                key = (name, writer)
                self.last[key] = max(self.last.get(key, -1), facts.index)
                if task is None:
                    continue
                tasks = self.by_task.setdefault(key, {})
                tasks[task] = max(tasks.get(task, -1), facts.index)
                if owner.get(writer) not in (None, task):
                    self.out.setdefault(writer, set()).add(name)
        self.two = {key: _two(tasks) for key, tasks in self.by_task.items()}
        self.own_items: dict[str, set[str]] = {}
        spans: dict[tuple[str, int], dict[str, int]] = {
            (name, index[writer]): tasks for (name, writer), tasks in self.by_task.items()
        }
        items = {item.id: item for item in graph.items}
        for item in graph.items:
            self.own_items.setdefault(item.cell, set()).update(item.binds)
        for facts in graph.cells:
            task = owner.get(facts.id)
            if task is None:
                continue
            for name in facts.setup:
                for bound in items[name].binds:
                    tasks = spans.setdefault((bound, items[name].index), {})
                    tasks[task] = max(tasks.get(task, -1), facts.index)
        self._visible = self._sweep(graph, spans)

    def stored(self, cell: str) -> tuple[str, ...]:
        """Give the names that other tasks take as `cell` leaves them."""
        return tuple(sorted(self.out.get(cell, ())))

    def taken_after(self, name: str, writer: str, place: int, task: str) -> bool:
        """Tell whether a cell after `place`, in a task other than `task`, takes the version."""
        return _last_elsewhere(self.two.get((name, writer)), task) > place

    def leaves(self, name: str, writer: str, task: str) -> bool:
        """Tell whether any other task takes the version."""
        return _last_elsewhere(self.two.get((name, writer)), task) >= 0

    def needed_after(self, name: str, writer: str, place: int) -> bool:
        """Tell whether any cell after `place` takes the version."""
        return self.last.get((name, writer), -1) > place

    def visible(self, facts: CellFacts, task: str) -> tuple[str, ...]:
        """Give names that later cells of other tasks read as an earlier cell left them."""
        own = self.own_items.get(facts.id, set())
        hidden = {*facts.writes, *facts.kills, *own}
        return tuple(
            sorted(
                {
                    name
                    for name, two in self._visible.get(facts.index, ())
                    if name not in hidden and _last_elsewhere(two, task) > facts.index
                }
            )
        )

    def _sweep(
        self, graph: CellGraph, spans: Mapping[tuple[str, int], dict[str, int]]
    ) -> dict[int, list[tuple[str, _Two]]]:
        """Give for each task cell the versions that are older than it and still to be read."""
        waiting = sorted(spans, key=lambda key: (key[1], key[0]), reverse=True)
        active: dict[tuple[str, int], int] = {}
        found: dict[int, list[tuple[str, _Two]]] = {}
        two = {key: _two(tasks) for key, tasks in spans.items()}
        for facts in graph.cells:
            while waiting and waiting[-1][1] < facts.index:
                key = waiting.pop()
                active[key] = max(spans[key].values())
            for key in [key for key, last in active.items() if last <= facts.index]:
                del active[key]
            if facts.id in self.owner:
                found[facts.index] = [(key[0], two[key]) for key in active]
        return found
