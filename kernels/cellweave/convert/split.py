"""Which cells become one task: `auto` (the default), `cell`, `heading`, or the user's own names.

    #| task: load        starts the task `load`
    rows = read()
    ...                  no option: continues `load`, until a heading, a `map` or other resources
    #| task: fit         starts `fit`; `load` again, further down, would join the first one

Precedence is option, role, display rule (a cell that only shows rides with the last writer of what
it shows), continuation. What cannot travel stays together: where the split is ours, such cells
become one task and an info says why; between two tasks that the user named it is an error.
"""

from __future__ import annotations

from cellweave.convert.fuse import Unit, fuse
from cellweave.convert.groups import Draft, Material, Split
from cellweave.convert.options import changes
from cellweave.dataflow.facts import CellGraph
from cellweave.diagnostics.core import Diagnostic, Fix
from cellweave.diagnostics.rules import (
    cyclic_grouping,
    opaque_code,
    shared_handle,
    unpicklable_output,
)
from cellweave.notebook.model import Notebook

SMALL = 8
"""From this many code cells up, `auto` keeps tasks below `LARGEST_SHARE`."""
LARGEST_SHARE = 0.4
MOST_TASKS = 12
CELLS_A_TASK = 5
"""Above sixty cells `auto` aims at one task for so many."""


def split(notebook: Notebook, graph: CellGraph) -> Split:
    """Group the cells of a notebook into tasks."""
    material = Material(notebook, graph)
    named = any(material.cells[index].options.task for index in material.members)
    if named:
        draft = _named(material)
    elif notebook.settings.split == "auto":
        draft = _auto(material)
    elif notebook.settings.split == "heading":
        draft = _heading(material)
    else:
        draft = _cell(material)
    found = _keep_together(material, draft)
    found += _untangle(material, draft)
    ids = [facts.id for facts in material.facts]
    return Split(groups=draft.groups(ids), diagnostics=tuple(found))


def _named(material: Material) -> Draft:
    draft = Draft()
    by_name: dict[str, int] = {}
    above: int | None = None
    section = -1
    started = False
    for index in material.members:
        options = material.cells[index].options
        if material.sections[index].number != section:
            section = material.sections[index].number
            above = None
        if options.task:
            started = True
            if options.task not in by_name:
                by_name[options.task] = draft.start(given=options.task)
            above = by_name[options.task]
            draft.home[index] = above
        elif _rides(material, draft, index):
            continue
        elif (
            material.is_map(index)
            or above is None
            or not started
            or _changes(material, draft, above, index)
        ):
            above = draft.start(index)
        else:
            draft.home[index] = above
        if material.is_map(index):
            above = None
    return draft


def _changes(material: Material, draft: Draft, group: int, index: int) -> bool:
    """Tell whether a cell asks for something else than the task it would continue."""
    if not material.keys[index]:
        return False
    above = [cell for cell, home in draft.home.items() if home == group]
    return changes(material.cells[index].options, [material.cells[c].options for c in above])


def _rides(material: Material, draft: Draft, index: int) -> bool:
    """Seat a display cell beside the writer of what it shows, or alone when there are several."""
    if not material.display[index] or material.keys[index] or material.is_map(index):
        return False
    hosts = {draft.home[source] for source in material.sources[index] if source in draft.home}
    if not hosts or any(material.is_map(source) for source in material.sources[index]):
        return False
    if len(hosts) == 1:
        draft.home[index] = hosts.pop()
    else:
        draft.start(index)
    return True


def _cell(material: Material) -> Draft:
    draft = Draft()
    for index in material.members:
        if not _rides(material, draft, index):
            draft.start(index)
    return draft


def _heading(material: Material) -> Draft:
    draft = Draft()
    above: int | None = None
    section = -1
    for index in material.members:
        number = material.sections[index].number
        if _rides(material, draft, index):
            continue
        if (
            above is None
            or number != section
            or material.is_map(index)
            or _changes(material, draft, above, index)
        ):
            above = draft.start(index)
        else:
            draft.home[index] = above
        section = number
        if material.is_map(index):
            above = None
    return draft


def _auto(material: Material) -> Draft:
    """Fuse what must share a process into units, and let `fuse` group those."""
    bound = Draft()
    for index in material.members:
        bound.start(index)
    for earlier, later, _ in material.keep_with:
        if earlier in bound.home and later in bound.home:
            bound.join((bound.home[earlier], bound.home[later]))
    for cycle in bound.cycles(material.edges):
        bound.join(cycle)
    units = []
    for number, cells in bound.members().items():
        keys = {material.keys[cell] for cell in cells} - {""}
        units.append(
            Unit(
                number=number,
                cells=tuple(cells),
                section=material.sections[cells[0]],
                display=len(cells) == 1 and material.display[cells[0]],
                key=" ".join(sorted(keys)),
                alone=any(map(material.is_alone, cells)),
            )
        )
    edges = [
        (bound.home[s], bound.home[t])
        for s, t in material.edges
        if s in bound.home and t in bound.home
    ]
    count = len(material.members)
    code = sum(bool(facts.role != "skipped") for facts in material.facts)
    cap = max(1, int(LARGEST_SHARE * code)) if code >= SMALL else max(1, count)
    grouped = fuse(units, edges, cap=cap, most=max(MOST_TASKS, count // CELLS_A_TASK))
    cells_of = {unit.number: unit.cells for unit in units}
    draft = Draft()
    for group in grouped:
        draft.start(*(cell for number in group for cell in cells_of[number]))
    return draft


def _keep_together(material: Material, draft: Draft) -> list[Diagnostic]:
    """Join groups that share what cannot travel; between two named ones, say that it cannot be."""
    found: list[Diagnostic] = []
    for earlier, later, reason in material.keep_with:
        if earlier not in draft.home or later not in draft.home:
            continue
        one, other = draft.home[earlier], draft.home[later]
        if one != other and one in draft.given and other in draft.given:
            if not _said(material, earlier, later, unpicklable_output.RULE.code):
                found.append(_cannot_travel(material, draft, earlier, later, reason))
            continue
        draft.join((one, other), (reason,))
    said: set[tuple[int, str]] = set()
    for earlier, later, reason in material.keep_with:
        group = draft.home.get(later)
        if group is None or group in draft.given or draft.home.get(earlier) != group:
            continue
        if (group, reason) not in said and not _said(
            material, later, later, shared_handle.RULE.code
        ):
            said.add((group, reason))
            found.append(
                shared_handle.RULE.at(
                    f"kept in one task with cell `{material.facts[earlier].id}`: {reason}",
                    cell=material.facts[later].id,
                )
            )
    return found


def _said(material: Material, earlier: int, later: int, code: str) -> bool:
    """Tell whether the analysis, which sees the options too, has reported one of two cells."""
    return bool(
        material.reported & {(material.facts[earlier].id, code), (material.facts[later].id, code)}
    )


def _cannot_travel(
    material: Material, draft: Draft, earlier: int, later: int, reason: str
) -> Diagnostic:
    producer, reader = draft.given[draft.home[earlier]], draft.given[draft.home[later]]
    first, second = material.facts[earlier], material.facts[later]
    opaque = first.opaque or second.opaque
    rule = opaque_code.RULE if opaque else unpicklable_output.RULE
    reasons = material.reasons.get((earlier, later), ())
    line, name = next(((r.target_line, r.name) for r in reasons), (0, ""))
    return rule.at(
        f"task `{reader}` cannot be apart from task `{producer}`: {reason}",
        cell=second.id,
        line=line,
        name=name,
        help=f"keep both cells in one task, or make the value in a cell of `{reader}`",
        fix=Fix(
            title=f"Move this cell into `{producer}`",
            cell=second.id,
            option="task",
            value=producer,
        ),
        severity="error",
    )


def _untangle(material: Material, draft: Draft) -> list[Diagnostic]:
    """Join groups that wait for each other where at most one is named; else it is an error."""
    found: list[Diagnostic] = []
    for cycle in draft.cycles(material.edges):
        named = [group for group in cycle if group in draft.given]
        if len(named) <= 1:
            draft.join(cycle, ("they need each other's values",))
        else:
            found.append(_cycle(material, draft, cycle))
    return found


def _cycle(material: Material, draft: Draft, cycle: tuple[int, ...]) -> Diagnostic:
    """Say which tasks wait for each other, through which cells and variables."""
    inside = set(cycle)
    crossings = [
        (source, target)
        for source, target in material.edges
        if draft.home.get(source) in inside
        and draft.home.get(target) in inside
        and draft.home[source] != draft.home[target]
    ]
    # The cell to move is the first that reads back: its own task already gave something away.
    gave = {group: min(s for s, _ in crossings if draft.home[s] == group) for group in cycle}
    back = min(
        (t for _, t in crossings if draft.home[t] in gave and t > gave[draft.home[t]]),
        default=crossings[-1][1],
    )
    parts = []
    for source, target in sorted(set(crossings)):
        names = material.names.get((source, target), ())
        what = ", ".join(f"`{name}`" for name in names) or "their order"
        parts.append(
            f"cell `{material.facts[target].id}` of {_label(draft, target)} needs {what} of cell "
            f"`{material.facts[source].id}` of {_label(draft, source)}"
        )
    tasks = ", ".join(f"`{draft.given[g]}`" for g in cycle if g in draft.given)
    mine = draft.given.get(draft.home[back], "")
    fresh = f"{mine}-2" if mine else material.facts[back].id
    while fresh in draft.given.values():
        fresh += "-2"
    source = next(s for s, t in crossings if t == back)
    names = material.names.get((source, back), ())
    return cyclic_grouping.RULE.at(
        f"the tasks {tasks} wait for each other: {'; '.join(parts)}",
        cell=material.facts[back].id,
        line=material.cells[back].options.lines.get("task", 0),
        name=names[0] if names else mine,
        help="give the cell that reads back a task of its own, or join the tasks",
        fix=Fix(
            title=f"Make this cell a task of its own, `{fresh}`",
            cell=material.facts[back].id,
            option="task",
            value=fresh,
        ),
    )


def _label(draft: Draft, cell: int) -> str:
    given = draft.given.get(draft.home[cell], "")
    return f"`{given}`" if given else "an unnamed task"
