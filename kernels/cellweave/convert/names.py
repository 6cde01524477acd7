"""Names of tasks: the user's, else the heading's, else the main name defined, else a hash.

A name depends on the task's own cells and heading, not on its place, so that an edit elsewhere
does not rename it; only a number behind equal names depends on their order.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence

import msgspec

from cellweave._base.digests import digest
from cellweave.convert.groups import Group, is_parameters
from cellweave.convert.outline import Section
from cellweave.convert.slugs import HASH_LENGTH, label
from cellweave.dataflow.facts import CellFacts
from cellweave.diagnostics.core import Diagnostic
from cellweave.diagnostics.rules import task_name
from cellweave.notebook.model import Cell
from cellweave.workflow.validate import LABEL_LENGTH

PARAMETERS = "parameters"
"""What the task is called that evaluates defaults which are no literals."""


class Name(msgspec.Struct, frozen=True):
    """A task's name, and what people see instead."""

    name: str
    title: str


def names(
    groups: Sequence[Group],
    cells: Mapping[str, Cell],
    facts: Mapping[str, CellFacts],
    sections: Mapping[str, Section],
) -> tuple[list[Name], list[Diagnostic]]:
    """Name each group, and say which names of the user could not stay as they are."""
    found: list[Diagnostic] = []
    taken: set[str] = set()
    made: dict[int, Name] = {}
    # The user's names go first: an inferred one must give way, wherever it stands.
    for index, group in enumerate(groups):
        if group.given:
            name = _free(label(group.given), taken)
            made[index] = Name(name, group.given)
            if name != group.given:
                found.append(_renamed(group, cells, name))
    headed: set[int] = set()
    for index, group in enumerate(groups):
        if group.given:
            continue
        title = _title(group, cells, facts, sections, headed)
        made[index] = Name(_free(label(title), taken), title)
    return [made[index] for index in range(len(groups))], found


def _free(name: str, taken: set[str]) -> str:
    """Give `name`, or the first of `name-2`, `name-3`, … that no other task has."""
    candidate = name
    number = 2
    while candidate in taken:
        tail = f"-{number}"
        candidate = name[: LABEL_LENGTH - len(tail)].rstrip("-") + tail
        number += 1
    taken.add(candidate)
    return candidate


def _renamed(group: Group, cells: Mapping[str, Cell], name: str) -> Diagnostic:
    cell = next(cells[c] for c in group.cells if cells[c].options.task == group.given)
    if len(group.given) > LABEL_LENGTH:
        why = f"it is longer than {LABEL_LENGTH} characters"
    elif label(group.given) != name:
        why = f"another task is `{label(group.given)}` already"
    else:
        why = "names of tasks are made of a-z, 0-9 and dashes"
    return task_name.RULE.at(
        f"the task `{group.given}` is called `{name}`: {why}",
        cell=cell.id,
        line=cell.options.lines.get("task", 0),
        name=group.given,
        help=f"write `#| task: {name}` to see the same name everywhere",
    )


def _title(
    group: Group,
    cells: Mapping[str, Cell],
    facts: Mapping[str, CellFacts],
    sections: Mapping[str, Section],
    headed: set[int],
) -> str:
    """Choose what an unnamed task is called; a heading names the first task under it."""
    if any(is_parameters(cells[cell]) for cell in group.cells):
        return PARAMETERS
    section = sections[group.cells[0]]
    if section.title and section.number not in headed:
        headed.add(section.number)
        return section.title
    for cell in reversed(group.cells):
        if main := main_name(cells[cell].source, facts[cell]):
            return main
    source = "\n".join(cells[cell].source for cell in group.cells)
    return f"cell-{digest(source)[:HASH_LENGTH]}"


def main_name(source: str, facts: CellFacts) -> str:
    """Give the last name that the cell's own code binds for others, or that it changes."""
    written = [
        name
        for name in facts.writes
        if not name.startswith(("~", "_")) and name not in facts.possible
    ]
    if len(written) < 2:
        return "".join(written)
    bound = _bound(source)
    last = [name for name in bound if name in written]
    return last[-1] if last else min(written)


def _bound(source: str) -> list[str]:
    """Give the names that a cell's code binds, in order, loop variables and imports left out."""
    code = re.sub(r"^[ \t]*[%!].*$", "", source, flags=re.MULTILINE)
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found: list[str] = []
    loops: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            loops |= {n.id for n in ast.walk(node.target) if isinstance(n, ast.Name)}
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.append(statement.name)
            continue
        found += [
            node.id
            for node in ast.walk(statement)
            if isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Store)
            and node.id not in loops
        ]
    return found
