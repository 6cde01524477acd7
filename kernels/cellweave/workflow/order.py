"""Orders over a directed graph, written once: topological, and the cycles that prevent one."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from cellweave.workflow.model import Workflow

Node = TypeVar("Node", bound=Hashable)


def topological(nodes: Sequence[Node], edges: Iterable[tuple[Node, Node]]) -> tuple[Node, ...]:
    """Sort `nodes` so that edges point forward; as far as they allow, the given order stays.

    Nodes of a cycle, and what comes after one, are left out: shorter than `nodes` means a cycle.
    """
    place = {node: index for index, node in enumerate(nodes)}
    after: dict[Node, set[Node]] = {node: set() for node in nodes}
    waiting = dict.fromkeys(nodes, 0)
    for source, target in edges:
        if target not in after[source]:
            after[source].add(target)
            waiting[target] += 1
    ready = [place[node] for node in nodes if not waiting[node]]
    heapq.heapify(ready)
    done: list[Node] = []
    while ready:
        node = nodes[heapq.heappop(ready)]
        done.append(node)
        for target in after[node]:
            waiting[target] -= 1
            if not waiting[target]:
                heapq.heappush(ready, place[target])
    return tuple(done)


def tasks_in_order(workflow: Workflow) -> tuple[str, ...]:
    """Give the names of the tasks so that each comes after those it needs."""
    return topological(
        [task.name for task in workflow.tasks],
        [(edge.source, edge.target) for edge in workflow.edges],
    )


def components(
    nodes: Sequence[Node], after: Mapping[Node, Iterable[Node]]
) -> tuple[tuple[Node, ...], ...]:
    """Give the strongly connected components (Tarjan's algorithm, without recursion).

    Within a component nodes keep the given order; components come by their first node.
    """
    index: dict[Node, int] = {}
    low: dict[Node, int] = {}
    stack: list[Node] = []
    on_stack: set[Node] = set()
    found: list[list[Node]] = []
    for root in nodes:
        if root in index:
            continue
        work = [(root, iter(after.get(root, ())))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(after.get(target, ()))))
                    break
                if target in on_stack:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    group: list[Node] = []
                    while not group or group[-1] != node:
                        group.append(stack.pop())
                    found.append(group)
                    on_stack.difference_update(group)
    place = {node: number for number, node in enumerate(nodes)}
    grouped = [tuple(sorted(group, key=place.__getitem__)) for group in found]
    return tuple(sorted(grouped, key=lambda group: place[group[0]]))
