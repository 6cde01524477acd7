"""`cellweave completion`: what a shell needs to complete commands, options and files."""

from __future__ import annotations

import click

from cellweave.cli.output import Output

HOW = {
    "bash": 'eval "$(cellweave completion bash)"   # in ~/.bashrc',
    "zsh": 'eval "$(cellweave completion zsh)"   # in ~/.zshrc',
    "fish": "cellweave completion fish > ~/.config/fish/completions/cellweave.fish",
}


@click.command("completion", epilog="\b\n" + "\n".join(HOW.values()))
@click.argument("shell", type=click.Choice(list(HOW)))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Print the completion script of SHELL."""
    from click.shell_completion import get_completion_class

    output: Output = ctx.obj
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    script = kind(ctx.find_root().command, {}, "cellweave", "_CELLWEAVE_COMPLETE")
    output.text(script.source_template % script.source_vars())
    return 0
