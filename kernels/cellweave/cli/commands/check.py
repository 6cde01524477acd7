"""`cellweave check`: the diagnostics of a notebook, and nothing else."""

from __future__ import annotations

from pathlib import Path

import click

from cellweave.cli.options import JSON, NOTEBOOK
from cellweave.cli.output import Output


@click.command("check")
@NOTEBOOK
@JSON
@click.pass_obj
def command(output: Output, notebook: Path, *, as_json: bool) -> int:
    """Say what is wrong with NOTEBOOK as a workflow. Nothing is run or written."""
    from cellweave.app.graph import load_graph

    graph = load_graph(notebook)
    if as_json:
        from cellweave.diagnostics.printing import to_json

        output.json({"diagnostics": [to_json(d) for d in graph.diagnostics]})
    else:
        from cellweave.cli.diagnostics import closing, styled

        output.lines([*styled(graph.diagnostics, graph.path), closing(graph)])
    return graph.status
