"""The split `auto`: which cells of a notebook without named tasks run in one process.

Three steps, each on what the one before it left:

1. A display cell rides with the only cell whose values it shows.
2. Chains are fused. In the transitive reduction of the graph, an edge is part of a chain when it
   is the only way out of its source and the only way into its target. Fusing such an edge orders
   nothing that was independent. Headings, `map` and other resources end a chain.
3. Where more tasks are left than anybody can read, the weakest headings go first; then tasks are
   joined that cost the least order between independent cells, within a small budget.

A task never grows past `cap` cells, unless they must share a process anyway.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import msgspec

from cellweave.convert.outline import NO_LEVEL, Section
from cellweave.convert.reach import Reach, bits

BUDGET = 0.08
"""Share of the independent pairs of cells that step 3 may put into an order, in one notebook."""
MOST_JOINED = 80
"""Step 3 looks at all pairs again for each join; a larger graph keeps its tasks."""


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """Cells that run in one process whatever the split: mostly one."""

    number: int
    cells: tuple[int, ...]
    section: Section
    display: bool = False
    key: str = ""
    """Units with different keys ask for different resources, and are not fused."""
    alone: bool = False
    """A `map` cell: a task by itself."""


Edges = Sequence[tuple[int, int]]


def fuse(units: Sequence[Unit], edges: Edges, *, cap: int, most: int) -> list[list[int]]:
    """Give groups of unit numbers; together they hold each unit once."""
    by_number = {unit.number: unit for unit in units}
    riders, loose = _riders(by_number, edges)
    riding = {number for group in riders.values() for number in group}
    mains = [u.number for u in units if u.number not in riding and u.number not in loose]
    kept = set(mains)
    inner = [(s, t) for s, t in edges if s in kept and t in kept]
    weight = {n: len(by_number[n].cells) + len(riders.get(n, ())) for n in mains}
    # Displays that find no seat beside their producer make tasks of their own.
    crowded = sum(max(0, load - 1) // cap for load in weight.values())
    most = max(1, most - crowded)
    groups = _chains(by_number, Reach(mains, inner), weight, cap=cap, most=most)
    if most < len(groups) <= MOST_JOINED:
        groups = _Joining(by_number, mains, inner, weight, groups).down_to(most, cap)
    return _with_displays(by_number, groups, riders, loose, cap)


def _riders(units: Mapping[int, Unit], edges: Edges) -> tuple[dict[int, list[int]], list[int]]:
    """Find the displays of one producer, by producer, and those that show no task's value."""
    sources: dict[int, set[int]] = {number: set() for number in units}
    leads: set[int] = set()
    for source, target in edges:
        if source != target:
            sources[target].add(source)
            leads.add(source)
    riders: dict[int, list[int]] = {}
    loose: list[int] = []
    for number, unit in units.items():
        if not unit.display or unit.alone or number in leads:
            continue
        if not sources[number]:
            if not unit.key:
                loose.append(number)
        elif len(sources[number]) == 1:
            (producer,) = sources[number]
            host = units[producer]
            if not host.alone and unit.key in ("", host.key):
                riders.setdefault(producer, []).append(number)
    return riders, loose


def _chains(
    units: Mapping[int, Unit], reach: Reach, weight: Mapping[int, int], *, cap: int, most: int
) -> list[list[int]]:
    """Fuse chains; as long as there are more than `most` groups, heed fewer levels of headings."""
    after = reach.reduction()
    before: dict[int, int] = dict.fromkeys(reach.nodes, 0)
    for targets in after.values():
        for target in targets:
            before[target] += 1
    levels = _levels(units)
    groups: dict[int, list[int]] = {}
    for level in range(NO_LEVEL - 1, -1, -1):
        groups = {}
        head: dict[int, int] = {}
        load: dict[int, int] = {}
        for node in reach.order:
            start = head.setdefault(node, node)
            groups.setdefault(start, []).append(node)
            load.setdefault(start, weight[node])
            if len(after[node]) != 1 or before[after[node][0]] != 1:
                continue
            (target,) = after[node]
            if (
                _compatible(units[node], units[target])
                and _between(levels, units[node], units[target]) > level
                and load[start] + weight[target] <= cap
            ):
                head[target] = start
                load[start] += weight[target]
        if len(groups) <= most:
            break
    return list(groups.values())


def _levels(units: Mapping[int, Unit]) -> list[int]:
    """Give the level of each section by its number; sections without units bound nothing."""
    last = max((unit.section.number for unit in units.values()), default=0)
    levels = [NO_LEVEL] * (last + 1)
    for unit in units.values():
        levels[unit.section.number] = unit.section.level
    return levels


def _between(levels: Sequence[int], one: Unit, other: Unit) -> int:
    """Give the level of the strongest heading between two units."""
    low, high = sorted((one.section.number, other.section.number))
    return min(levels[low + 1 : high + 1], default=NO_LEVEL)


def _compatible(one: Unit, other: Unit) -> bool:
    return one.key == other.key and not one.alone and not other.alone


class _Joining:
    """Step 3: join groups at the least cost in order between independent cells."""

    def __init__(
        self,
        units: Mapping[int, Unit],
        mains: Sequence[int],
        edges: Edges,
        weight: Mapping[int, int],
        groups: list[list[int]],
    ) -> None:
        self.units = units
        self.weight = weight
        self.edges = edges
        self.groups = {group[0]: list(group) for group in groups}
        free = Reach(mains, edges)
        active = [n for n in mains if not units[n].display]
        among = sum(1 << n for n in active)
        comparable = [((free.ancestors[n] | free.descendants[n]) & among) for n in active]
        apart = sum(len(active) - 1 - known.bit_count() for known in comparable)
        self.budget = int(BUDGET * apart / 2)
        self.levels = _levels(units)

    def down_to(self, most: int, cap: int) -> list[list[int]]:
        while len(self.groups) > most:
            found = self._cheapest(cap)
            if found is None:
                break
            cost, one, other = found
            self.budget -= cost
            self.groups[one] += self.groups.pop(other)
        return list(self.groups.values())

    def _cheapest(self, cap: int) -> tuple[int, int, int] | None:
        owner = {n: name for name, group in self.groups.items() for n in group}
        names = sorted(self.groups)
        reach = Reach(names, {(owner[s], owner[t]) for s, t in self.edges})
        sizes = {name: len(self.groups[name]) for name in names}
        load = {name: sum(self.weight[n] for n in self.groups[name]) for name in names}
        best: tuple[tuple[int, int, int], int, int] | None = None
        for one, other in self._candidates(reach, names):
            first, second = self.units[one], self.units[other]
            total = load[one] + load[other]
            if total > cap or not _compatible(first, second):
                continue
            cost = _cost(reach, sizes, one, other)
            if cost > self.budget:
                continue
            rank = (cost, -_between(self.levels, first, second), total)
            if best is None or rank < best[0]:
                best = (rank, one, other)
        return None if best is None else (best[0][0], best[1], best[2])

    def _candidates(self, reach: Reach, names: Sequence[int]) -> set[tuple[int, int]]:
        """Give edges of the reduction, and neighbours among those that wait for the same."""
        after = reach.reduction()
        before: dict[int, list[int]] = {name: [] for name in names}
        for source, targets in after.items():
            for target in targets:
                before[target].append(source)
        pairs = {(source, target) for source, targets in after.items() for target in targets}
        siblings: dict[tuple[int, ...], list[int]] = {}
        for name in names:
            siblings.setdefault(tuple(sorted(before[name])), []).append(name)
            for one, other in itertools.pairwise(before[name]):
                if not reach.ordered(one, other):
                    pairs.add((min(one, other), max(one, other)))
        for group in siblings.values():
            pairs.update(itertools.pairwise(group))
        return pairs


def _cost(reach: Reach, sizes: Mapping[int, int], one: int, other: int) -> int:
    """Count the pairs of cells that become ordered when two groups are joined."""
    merged = 1 << one | 1 << other
    above = reach.ancestors[one] | reach.ancestors[other] | merged
    below = reach.descendants[one] | reach.descendants[other] | merged
    cost = 0
    for node in bits(above):
        known = reach.descendants[node] | reach.ancestors[node] | 1 << node
        for target in bits(below & ~known):
            if merged >> node & 1 and merged >> target & 1 and node > target:
                continue
            cost += sizes[node] * sizes[target]
    return cost


def _with_displays(
    units: Mapping[int, Unit],
    groups: list[list[int]],
    riders: Mapping[int, list[int]],
    loose: Sequence[int],
    cap: int,
) -> list[list[int]]:
    """Seat the displays: riders beside their producer while there is room, loose ones above."""
    made: list[list[int]] = []
    for group in groups:
        passengers = [r for number in group for r in riders.get(number, ())]
        load = sum(len(units[number].cells) for number in group)
        room = max(cap - load, 0)
        made.append([*group, *passengers[:room]])
        rest = passengers[room:]
        made += [rest[start : start + cap] for start in range(0, len(rest), cap)]
    sizes = [sum(len(units[n].cells) for n in group) for group in made]
    home = {c: index for index, group in enumerate(made) for n in group for c in units[n].cells}
    closed = {
        index
        for index, group in enumerate(made)
        if any(units[n].alone or units[n].key for n in group)
    }
    for number in loose:
        (place,) = units[number].cells
        above = place - 1
        while above >= 0 and (
            above not in home or home[above] in closed or sizes[home[above]] >= cap
        ):
            above -= 1
        if above in home:
            index = home[above]
            made[index].append(number)
            sizes[index] += 1
        else:
            index = len(made)
            made.append([number])
            sizes.append(1)
        home[place] = index
    return made
