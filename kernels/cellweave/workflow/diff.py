"""Two versions of a workflow compared as workflows: tasks, edges, parameters, resources, settings.

Tasks are the same when they have the same name; a task that is gone and a new one that runs the
same source are one task renamed. Cells are compared by source, so new ids alone change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from cellweave.workflow.model import CellStep, Edge, SetupStep, Task, Workflow

What = Literal["task", "edge", "parameter", "setting", "external"]
How = Literal["added", "removed", "changed", "renamed"]
MARKS: dict[How, str] = {"added": "+", "removed": "-", "changed": "~", "renamed": "~"}


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """One property of something changed, as text; empty where it was or is not there."""

    field: str
    before: str
    after: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """`name` is that of the new version, except of what was removed."""

    what: What
    how: How
    name: str
    details: tuple[Detail, ...] = ()


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """All changes from one workflow to another; none of them means the same workflow."""

    before: str
    after: str
    changes: tuple[Change, ...]


def compare(before: Workflow, after: Workflow) -> Difference:
    """Compare two workflows."""
    renamed = _renamed(before, after)
    changes = [
        *_tasks(before, after, renamed),
        *_edges(before, after, renamed),
        *_named(
            "parameter",
            {p.name: {"default": p.source, "type": p.type} for p in before.parameters},
            {p.name: {"default": p.source, "type": p.type} for p in after.parameters},
        ),
        *_named(
            "external",
            {f"{e.kind} {e.name}": {} for e in before.externals},
            {f"{e.kind} {e.name}": {} for e in after.externals},
        ),
        *_named(
            "setting",
            {key: {"value": _text(value)} for key, value in before.settings.items()},
            {key: {"value": _text(value)} for key, value in after.settings.items()},
        ),
    ]
    return Difference(before=before.name, after=after.name, changes=tuple(changes))


def to_text(difference: Difference) -> str:
    """Give one line for each change, and one for each detail of it."""
    if not difference.changes:
        return "the workflows are the same\n"
    rows: list[str] = []
    for change in difference.changes:
        rows.append(f"{MARKS[change.how]} {change.what} {change.name} {change.how}")
        for detail in change.details:
            before, after = detail.before or "(nothing)", detail.after or "(nothing)"
            rows.append(f"    {detail.field}: {before} -> {after}")
    return "\n".join(rows) + "\n"


def _renamed(before: Workflow, after: Workflow) -> dict[str, str]:
    """Give the new name of each task that went away while its cells stayed."""
    kept = {task.name for task in before.tasks} & {task.name for task in after.tasks}
    fresh: dict[tuple[str, ...], list[str]] = {}
    for task in after.tasks:
        if task.name not in kept:
            fresh.setdefault(_body(task), []).append(task.name)
    names: dict[str, str] = {}
    for task in before.tasks:
        if task.name not in kept and fresh.get(_body(task)):
            names[task.name] = fresh[_body(task)].pop(0)
    return names


def _body(task: Task) -> tuple[str, ...]:
    """Give the sources of the cells, without the options at the top (a name is one of them)."""
    return tuple(
        "\n".join(line for line in step.source.splitlines() if not line.startswith("#|")).strip()
        for step in task.steps
        if isinstance(step, CellStep)
    )


def _facts(task: Task) -> dict[str, str]:
    """Give what can change in a task, by the name that people know it under."""
    facts = {
        f"cell {number}": step.source
        for number, step in enumerate((s for s in task.steps if isinstance(s, CellStep)), start=1)
    }
    setup = [step.source for step in task.steps if isinstance(step, SetupStep)]
    facts["setup"] = "\n".join(setup)
    facts["parameters"] = ", ".join(task.parameters)
    facts["title"] = task.title
    for key in ("cpu", "memory", "gpu"):
        facts[key] = getattr(task.resources, key)
    return facts | {key: _text(value) for key, value in task.options.items()}


def _tasks(before: Workflow, after: Workflow, renamed: Mapping[str, str]) -> Iterable[Change]:
    new = {task.name: task for task in after.tasks}
    met: set[str] = set()
    for task in before.tasks:
        name = renamed.get(task.name, task.name)
        if name not in new:
            yield Change(what="task", how="removed", name=task.name)
            continue
        met.add(name)
        details = _details(_facts(task), _facts(new[name]))
        if name != task.name:
            details = (Detail(field="name", before=task.name, after=name), *details)
            yield Change(what="task", how="renamed", name=name, details=details)
        elif details:
            yield Change(what="task", how="changed", name=name, details=details)
    for task in after.tasks:
        if task.name not in met:
            yield Change(what="task", how="added", name=task.name)


def _edges(before: Workflow, after: Workflow, renamed: Mapping[str, str]) -> Iterable[Change]:
    def facts(edges: Iterable[Edge], names: Mapping[str, str]) -> dict[str, dict[str, str]]:
        return {
            f"{names.get(e.source, e.source)} -> {names.get(e.target, e.target)} ({e.kind})": {
                "names": ", ".join(sorted(e.names)),
                "possible": "yes" if e.possible else "no",
            }
            for e in edges
        }

    return _named("edge", facts(before.edges, renamed), facts(after.edges, {}))


def _named(
    what: What, before: Mapping[str, dict[str, str]], after: Mapping[str, dict[str, str]]
) -> Iterable[Change]:
    for name, facts in before.items():
        if name not in after:
            yield Change(what=what, how="removed", name=name)
        elif details := _details(facts, after[name]):
            yield Change(what=what, how="changed", name=name, details=details)
    for name, facts in after.items():
        if name not in before:
            yield Change(what=what, how="added", name=name, details=_details({}, facts))


def _details(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Detail, ...]:
    keys = list(dict.fromkeys([*before, *after]))
    return tuple(
        Detail(field=key, before=_short(before.get(key, "")), after=_short(after.get(key, "")))
        for key in keys
        if before.get(key, "") != after.get(key, "")
    )


def _short(text: str) -> str:
    """Keep text of several lines out of one-line reports: say its size, show how it starts."""
    lines = [line for line in text.splitlines() if not line.startswith("#|")]
    if len(lines) < 2:
        return "".join(lines) or text
    return f"{lines[0]} … ({len(lines)} lines)"


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value, order="sorted").decode()
