"""Diagnostics for people: the text of `diagnostics.printing`, with colours by severity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cellweave.diagnostics.core import Diagnostic
from cellweave.diagnostics.printing import counts, to_text

if TYPE_CHECKING:
    from cellweave.app.graph import Graph
    from cellweave.cli.output import Span

STYLES = {"error": "bold red", "warning": "yellow", "info": "cyan"}


def styled(diagnostics: Iterable[Diagnostic], path: str) -> Iterator[list[Span]]:
    """Give the lines of each diagnostic: the headline in colour, the rest dimmed."""
    for diagnostic in diagnostics:
        headline, *rest = to_text(diagnostic, path).split("\n")
        yield [(headline, STYLES[diagnostic.severity])]
        for line in rest:
            yield [(line, "dim")]


def closing(graph: Graph) -> list[Span]:
    """Give the last line: how many errors and warnings, or that there are none."""
    found = counts(graph.diagnostics)
    if found:
        return [(found, STYLES["error" if graph.status else "warning"])]
    tasks = len(graph.workflow.tasks)
    return [(f"no errors: {tasks} task{'s' * (tasks != 1)}", "green")]
