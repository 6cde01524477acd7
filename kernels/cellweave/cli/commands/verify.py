"""`cellweave verify`: does the workflow give what the notebook gives?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cellweave.cli.options import JSON, NOTEBOOK
from cellweave.cli.output import Output, Span

if TYPE_CHECKING:
    from cellweave.app.compare import Finding
    from cellweave.app.verify import Verification

STYLES = {"agrees": "green", "differs": "bold red", "failed": "bold red", "cancelled": "yellow"}
SHOWN = 20


@click.command("verify")
@NOTEBOOK
@JSON
@click.pass_obj
def command(output: Output, notebook: Path, *, as_json: bool) -> int:
    """Run NOTEBOOK plainly, twice, and as a workflow; compare all values and outputs.

    What the two plain runs do not agree on is listed as unstable and not compared.
    """
    from cellweave.app.graph import load_graph
    from cellweave.app.verify import verify

    graph = load_graph(notebook)
    found = verify(graph)
    if as_json:
        output.json(found.to_json())
    else:
        output.lines(_lines(found, graph.path))
    return 0 if found.result == "agrees" else 1


def _lines(found: Verification, path: str) -> Iterator[list[Span]]:
    name = Path(path).name
    for finding in found.differences[:SHOWN]:
        yield [(f"{_place(name, finding)} {finding.message}", "bold red")]
        if finding.cause:
            yield [(f"  cause: {finding.cause}", "dim")]
    if len(found.differences) > SHOWN:
        yield [(f"and {len(found.differences) - SHOWN} more", "dim")]
    for finding in (*found.unstable, *found.unstable_values):
        yield [(f"{_place(name, finding)} unstable: {finding.message}", "yellow")]
    text = f"{name}: {found.result}"
    if found.compared:
        text += f", {found.compared} values and outputs compared"
    yield [(text, STYLES[found.result])]


def _place(name: str, finding: Finding) -> str:
    return f"{name}:{finding.cell}" if finding.cell else name
