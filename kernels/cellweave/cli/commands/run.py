"""`cellweave run`: the tasks of a notebook, each in a process of its own."""

from __future__ import annotations

from pathlib import Path

import click

from cellweave.cli.options import JSON, NOTEBOOK
from cellweave.cli.output import Output

STATUSES = {"succeeded": 0, "cached": 0, "waiting": 20}
"""Exit status by the status of the run; 1 for every other."""


def pairs(
    _ctx: click.Context, _option: click.Parameter, given: tuple[str, ...]
) -> list[tuple[str, str]]:
    """Split `name=value` at the first `=`."""
    found = []
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise click.BadParameter(f"`{text}` is not `name=value`")
        found.append((name.strip(), value))
    return found


@click.command("run")
@NOTEBOOK
@click.option(
    "-p",
    "--parameter",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    callback=pairs,
    help="Value of a parameter, read by the parameter's type. May be given again.",
)
@click.option(
    "--engine",
    type=click.Choice(["papermill", "direct"]),
    help="What executes the task notebooks: stock papermill (the default), or cellweave itself.",
)
@click.option(
    "--output",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of the run, instead of one under CELLWEAVE_HOME or your data folder.",
)
@JSON
@click.pass_obj
def command(
    output: Output,
    notebook: Path,
    *,
    parameters: list[tuple[str, str]],
    engine: str | None,
    folder: Path | None,
    as_json: bool,
) -> int:
    """Run NOTEBOOK task by task; its own folder stays as it is.

    Ctrl-C cancels the run and leaves no process behind.
    """
    from cellweave.app.graph import load_graph
    from cellweave.app.inputs import from_text
    from cellweave.app.run import run
    from cellweave.cli.diagnostics import styled
    from cellweave.cli.progress import Progress, summary

    graph = load_graph(notebook)
    graph.require_runnable()
    inputs = from_text(parameters, graph.workflow.parameters)
    if not as_json:
        warnings = [d for d in graph.diagnostics if d.severity == "warning"]
        output.lines(styled(warnings, graph.path))
    with Progress(output, quiet=as_json) as progress:
        record = run(graph, inputs=inputs, engine=engine, output=folder, watch=progress.changed)
    if as_json:
        output.json(record.to_json())
    else:
        output.lines(summary(record, graph.path, unicode=output.has_unicode))
    return STATUSES.get(record.status, 1)
