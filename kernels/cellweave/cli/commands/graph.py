"""`cellweave graph`: the tasks of a notebook and their edges, as text, JSON or a drawing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cellweave.cli.options import NOTEBOOK
from cellweave.cli.output import Output

if TYPE_CHECKING:
    from cellweave.app.graph import Graph


@click.command("graph")
@NOTEBOOK
@click.option("--json", "form", flag_value="json", help="Print JSON.")
@click.option("--dot", "form", flag_value="dot", help="Print Graphviz' language.")
@click.option("--mermaid", "form", flag_value="mermaid", help="Print Mermaid, for Markdown.")
@click.option("--svg", "form", flag_value="svg", help="Print an SVG (needs Graphviz' `dot`).")
@click.option(
    "--png",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a PNG to FILE (needs Graphviz' `dot`).",
)
@click.option("--cells", is_flag=True, help="Show the cells instead of the tasks.")
@click.pass_obj
def command(
    output: Output, notebook: Path, *, form: str | None, png: Path | None, cells: bool
) -> int:
    """Show the tasks of NOTEBOOK, what they need from each other, and why. Nothing is run."""
    from cellweave.app.graph import load_graph

    graph = load_graph(notebook)
    if png is not None:
        from cellweave.app.drawings import write_png

        write_png(graph, png, cells=cells)
    if form == "json":
        output.json(graph.to_cells_json() if cells else graph.to_json())
    elif form is not None:
        from cellweave.app.drawings import drawn

        output.text(drawn(graph, form, cells=cells))
        _complain(output, graph)
    elif png is None:
        from cellweave.cli.graphs import described

        output.lines(described(graph, cells=cells, unicode=output.has_unicode))
    else:
        _complain(output, graph)
    return graph.status


def _complain(output: Output, graph: Graph) -> None:
    """Say on standard error what is wrong, where standard output is a drawing."""
    from cellweave.diagnostics.printing import to_text

    for diagnostic in graph.diagnostics:
        if diagnostic.severity == "error":
            output.note(to_text(diagnostic, graph.path))
