"""Comparing runs of one notebook cell by cell: what the values were, and what the cells showed.

Pure. Three traces go in: two plain runs top to bottom, and the run as a workflow. What the plain
runs do not agree on (a clock, a random draw without a seed) is *unstable*: it says nothing about
the workflow and is listed, not compared. Of a cell's process only what the cell reads and writes is
compared: a task need not hold the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import msgspec

from cellweave.dataflow.facts import CellFacts, CellGraph, SetupItem

OUTPUT = ""
"""The name under which what a cell showed is compared."""
_NUMBER = r"\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_VARYING = (
    (re.compile(r"\b0x[0-9a-fA-F]{4,}\b"), "0x…"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?"), "<time>"),
    (re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w*,? +\d{1,2} \w{3,9},? \d{4}"), "<date>"),
    (re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w*,? +\w{3} \d{1,2},? \d{4}"), "<date>"),
    (re.compile(r"\b\d{1,2}:\d\d:\d\d(\.\d+)?\b"), "<time>"),
    (re.compile(rf"\b{_NUMBER} ?(ns|[µμu]s|ms|s|sec|secs|seconds?|min|minutes?)\b"), "<duration>"),
    (re.compile(r"/(?:var/)?tmp/[\w./-]+"), "<temporary file>"),
)
"""What no two processes show alike: addresses, clocks, durations, temporary files."""


class CellTrace(msgspec.Struct, frozen=True, kw_only=True):
    """One cell in one run: a digest of each value after it, and what it printed and displayed."""

    values: Mapping[str, str] = {}
    shown: str = ""


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """One run: its cells by id, those that did not run left out."""

    cells: Mapping[str, CellTrace]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A value, or the output of a cell (`name` empty), that is not the same."""

    cell: str
    name: str = ""
    kind: Literal["value", "output", "missing", "stopped"] = "value"
    message: str
    cause: str = ""
    """What in the analysis the difference comes from, where that can be known."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What three traces say of a workflow."""

    differences: tuple[Finding, ...]
    unstable: tuple[Finding, ...]
    compared: int
    """How many values and outputs were compared."""


def compare(first: Trace, second: Trace, workflow: Trace, graph: CellGraph) -> Comparison:
    """Compare two plain runs with each other, then the workflow's run with them."""
    differences: list[Finding] = []
    unstable: list[Finding] = []
    compared = 0
    items = {item.id: item for item in graph.items}
    wanted = {version for facts in graph.cells for version in facts.inputs}
    for facts in graph.cells:
        one, two = first.cells.get(facts.id), second.cells.get(facts.id)
        if one is None or two is None:
            continue
        loose = dict(_loose(facts, one, two))
        unstable += loose.values()
        got = workflow.cells.get(facts.id)
        if got is None:
            continue
        for name in (*_names(facts, items), OUTPUT):
            if name in loose:
                continue
            compared += 1
            finding = _difference(facts, name, one, got)
            if finding is None or _spared(finding, facts, wanted):
                continue
            differences.append(finding)
    return Comparison(differences=tuple(differences), unstable=tuple(unstable), compared=compared)


def shown(outputs: Iterable[Mapping[str, Any]]) -> str:
    """Give what a cell printed and displayed as text; clocks and addresses are left out."""
    parts: list[str] = []
    for output in outputs:
        kind = output.get("output_type")
        if kind == "stream" and output.get("name") == "stdout":
            parts.append(_text(output.get("text", "")))
        elif kind in ("display_data", "execute_result"):
            parts.append(_text(output.get("data", {}).get("text/plain", "")) + "\n")
    text = "".join(parts)
    for pattern, stand_in in _VARYING:
        text = pattern.sub(stand_in, text)
    return text


def _text(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "".join(value)


def _names(facts: CellFacts, items: Mapping[str, SetupItem]) -> tuple[str, ...]:
    """Give the variables that the cell reads from others or hands on, those of its setup too."""
    names = [name for name, _ in facts.inputs] + list(facts.writes) + list(facts.parameters)
    names += [name for item in facts.setup for name in items[item].binds]
    gone = set(facts.kills)
    return tuple(n for n in dict.fromkeys(names) if not n.startswith("~") and n not in gone)


def _loose(facts: CellFacts, one: CellTrace, two: CellTrace) -> Iterator[tuple[str, Finding]]:
    for name in dict.fromkeys([*one.values, *two.values]):
        if one.values.get(name) != two.values.get(name):
            message = f"`{name}` differs between two plain runs"
            yield name, Finding(cell=facts.id, name=name, message=message)
    if one.shown != two.shown:
        message = "what the cell shows differs between two plain runs"
        yield OUTPUT, Finding(cell=facts.id, kind="output", message=message)


def _difference(facts: CellFacts, name: str, plain: CellTrace, got: CellTrace) -> Finding | None:
    if name == OUTPUT:
        if plain.shown == got.shown:
            return None
        return Finding(
            cell=facts.id,
            kind="output",
            message=f"the cell shows something else: {_first_difference(plain.shown, got.shown)}",
        )
    want, have = plain.values.get(name), got.values.get(name)
    if want == have or want is None:
        return None  # in the plain run the name is not bound there: nothing can read it
    if have is None:
        message = f"`{name}` is bound in a plain run and not in the workflow"
        return Finding(cell=facts.id, name=name, kind="missing", message=message)
    message = f"`{name}` has another value in the workflow"
    return Finding(cell=facts.id, name=name, message=message)


def _spared(finding: Finding, facts: CellFacts, wanted: set[tuple[str, str]]) -> bool:
    """Tell whether a task was right to leave out a name, since no cell takes it from this one.

    rows = [1]; other = rows     # task a
    rows.append(2)               # task b: changes `other` too, which nobody reads again
    """
    if finding.kind != "missing" or finding.name not in facts.writes:
        return False
    own = {name for name, _ in facts.inputs}
    return finding.name not in own and (finding.name, facts.id) not in wanted


def _first_difference(plain: str, got: str) -> str:
    before, after = plain.splitlines(), got.splitlines()
    for number, (one, two) in enumerate(zip(before, after, strict=False), start=1):
        if one != two:
            return f"line {number} is `{_short(two)}`, plain `{_short(one)}`"
    return f"it has {len(after)} lines, plain {len(before)}"


def _short(text: str, length: int = 60) -> str:
    return text if len(text) <= length else text[: length - 3] + "..."
