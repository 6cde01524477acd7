"""`cellweave diff`: what changed in the workflow, not in the text."""

from __future__ import annotations

import click

from cellweave.cli.options import JSON
from cellweave.cli.output import Output

STYLES = {"+": "green", "-": "red", "~": "yellow"}


@click.command("diff")
@click.argument("before")
@click.argument("after")
@JSON
@click.pass_obj
def command(output: Output, before: str, after: str, *, as_json: bool) -> int:
    """Compare the workflows of BEFORE and AFTER: tasks, edges, parameters, resources.

    Each is a notebook, or `notebook@revision` for what git has: `churn.ipynb@HEAD~1`.
    """
    from cellweave.app.diff import diff

    first, second, difference = diff(before, after)
    if as_json:
        import msgspec

        output.json(msgspec.to_builtins(difference))
    else:
        from cellweave.workflow.diff import to_text

        lines = to_text(difference).splitlines()
        output.lines([(line, STYLES.get(line[:1], ""))] for line in lines)
        for side, graph in ((before, first), (after, second)):
            if graph.status:
                output.note(f"{side} has errors: see `cellweave check {side}`")
    return max(first.status, second.status)
