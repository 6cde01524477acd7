"""Who must come before whom, as bit sets: reachability, transitive reduction, serialised pairs.

Nodes are numbers; a set of nodes is a Python integer, since `|` and `bit_count` over ten thousand
bits cost less than one set of ten thousand members.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from cellweave.workflow.order import topological


class Reach:
    """Ancestors and descendants of each node of an acyclic graph."""

    def __init__(self, nodes: Sequence[int], edges: Iterable[tuple[int, int]]) -> None:
        self.nodes = tuple(nodes)
        self.after: dict[int, set[int]] = {node: set() for node in self.nodes}
        for source, target in edges:
            if source != target:
                self.after[source].add(target)
        pairs = [(s, t) for s in self.nodes for t in self.after[s]]
        self.order = topological(self.nodes, pairs)
        if len(self.order) < len(self.nodes):
            message = "the graph has a cycle"
            raise ValueError(message)
        self.descendants: dict[int, int] = {}
        for node in reversed(self.order):
            mask = 0
            for target in self.after[node]:
                mask |= self.descendants[target] | 1 << target
            self.descendants[node] = mask
        self.ancestors: dict[int, int] = dict.fromkeys(self.nodes, 0)
        for node in self.order:
            mask = self.ancestors[node] | 1 << node
            for target in self.after[node]:
                self.ancestors[target] |= mask

    def ordered(self, one: int, other: int) -> bool:
        """Tell whether one of the two must come before the other."""
        return bool((self.descendants[one] | self.ancestors[one]) >> other & 1)

    def reduction(self) -> dict[int, tuple[int, ...]]:
        """Give the direct successors of each node that no other path leads to."""
        place = {node: index for index, node in enumerate(self.order)}
        kept: dict[int, tuple[int, ...]] = {}
        for node in self.nodes:
            covered = 0
            direct = []
            for target in sorted(self.after[node], key=place.__getitem__):
                if not covered >> target & 1:
                    direct.append(target)
                    covered |= self.descendants[target]
            kept[node] = tuple(direct)
        return kept


def bits(mask: int) -> Iterator[int]:
    """Give the numbers in a set, smallest first."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def serialised(
    nodes: Sequence[int], edges: Sequence[tuple[int, int]], owner: Mapping[int, int]
) -> tuple[int, int]:
    """Count the independent pairs of `nodes`, and those of them that grouping puts into an order.

    `owner` gives the group of each node. A pair in one group counts as ordered, because one
    process runs it. Gives (serialised, independent).
    """
    free = Reach(nodes, edges)
    groups = sorted(set(owner.values()))
    grouped = Reach(groups, [(owner[s], owner[t]) for s, t in edges])
    lost = independent = 0
    for index, one in enumerate(nodes):
        for other in nodes[index + 1 :]:
            if free.ordered(one, other):
                continue
            independent += 1
            mine, theirs = owner[one], owner[other]
            lost += mine == theirs or grouped.ordered(mine, theirs)
    return lost, independent
