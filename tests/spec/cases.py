"""The cases: what they say, and what a run of one gives.

A case is one notebook with the edges, the order and the printed text that are right for it; see
`README.md` for the format. `judge` compiles and runs it and says how it came out:

right      edges exact, every task printed what the plain run prints
diagnosed  an error that names cell and variable, before or in the run, where the case allows it
wrong      anything else; `silent` when a task printed something else and nothing was said
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

FOLDER = Path(__file__).with_name("dataflow")
ACCIDENTS = frozenset({"cell-error", "task-died", "task-timed-out"})
"""Codes of failures in which nothing was diagnosed: the task just broke."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One file of `dataflow/`."""

    name: str
    why: str
    cells: list[dict[str, Any]]
    edges: list[tuple[str, str, list[str]]]
    order: list[tuple[str, str]]
    stdout: dict[str, str]
    diagnostic_is_right_too: bool
    note: str = ""
    gap: str = ""
    """Why the edges are more than they should be today; the values are right all the same."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """How a case came out; `story` says what was expected and what was got."""

    kind: str
    story: str = ""


def cases() -> list[Case]:
    """All of them, by name."""
    return [msgspec.json.decode(p.read_bytes(), type=Case) for p in sorted(FOLDER.glob("*.json"))]


def notebook(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """The cells as a notebook."""
    return {
        "cells": [
            {
                "cell_type": "code",
                "id": cell["id"],
                "metadata": {"tags": cell.get("tags", [])},
                "source": cell["source"],
                "outputs": [],
                "execution_count": None,
            }
            for cell in cells
        ],
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def text_of(cell: dict[str, Any]) -> str:
    """What an executed cell printed, the text of its last expression included."""
    texts = []
    for output in cell.get("outputs", ()):
        if output.get("output_type") == "stream" and output.get("name") == "stdout":
            texts.append("".join(output["text"]))
        elif output.get("output_type") == "execute_result":
            texts.append("".join(output["data"].get("text/plain", "")) + "\n")
    return "".join(texts)


def printed(executed: Path, ids: tuple[str, ...]) -> str:
    """What the user's cells `ids` printed in an executed task notebook."""
    content = json.loads(executed.read_bytes())
    return "".join(text_of(cell) for cell in content["cells"] if cell.get("id") in ids)


def edges_story(case: Case, workflow: Any) -> str:
    """What is different between the edges of the case and those of the workflow, or nothing."""
    data = {}
    order = set()
    for edge in workflow.edges:
        names = sorted(name for name in edge.names if not name.startswith("~"))
        if edge.kind == "data" and names:
            data[edge.source, edge.target] = names
        if edge.kind == "order" or len(names) < len(edge.names):
            order.add((edge.source, edge.target))
    right = {(source, target): sorted(names) for source, target, names in case.edges}
    must = {(source, target) for source, target in case.order} - set(right)
    lines = [
        f"edge {a} -> {b}: expected {right.get((a, b), 'none')}, got {data.get((a, b), 'none')}"
        for a, b in sorted(right.keys() | data.keys())
        if right.get((a, b)) != data.get((a, b))
    ]
    lines += [f"order {a} -> {b}: missing" for a, b in sorted(must - order - set(data))]
    lines += [f"order {a} -> {b}: too much" for a, b in sorted(order - must - set(right))]
    return "\n".join(lines)
