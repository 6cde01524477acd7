"""`cellweave build`: a bundle that stock papermill runs."""

from __future__ import annotations

from pathlib import Path

import click

from cellweave.cli.options import JSON, NOTEBOOK
from cellweave.cli.output import Output


@click.command("build")
@NOTEBOOK
@click.option(
    "-o",
    "--output",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to write; made where it is missing.",
)
@JSON
@click.pass_obj
def command(output: Output, notebook: Path, *, folder: Path, as_json: bool) -> int:
    """Write the bundle of NOTEBOOK: workflow.json and a papermill notebook for each task."""
    from cellweave.app.build import build
    from cellweave.app.graph import load_graph
    from cellweave.workflow.order import tasks_in_order

    graph = load_graph(notebook)
    written = build(graph, folder)
    names = tasks_in_order(graph.workflow)
    tasks = {name: str(written / "tasks" / f"{name}.ipynb") for name in names}
    if as_json:
        from cellweave.diagnostics.printing import to_json
        from cellweave.workflow.canonical import version

        output.json(
            {
                "bundle": str(written),
                "version": version(graph.workflow),
                "tasks": tasks,
                "diagnostics": [to_json(d) for d in graph.diagnostics],
            }
        )
    else:
        from cellweave.cli.diagnostics import styled

        output.lines(styled(graph.diagnostics, graph.path))
        output.lines([[(f"{written}: {len(tasks)} task{'s' * (len(tasks) != 1)}", "bold")]])
        output.lines([(f"    {path}", "")] for path in tasks.values())
    return 0
