"""`cellweave`: finds the command, runs it, and turns whatever it raises into message and status.

Exit status: 0 good, 1 the workflow failed or has errors, 2 usage or unreadable input, 20 not ready.
No traceback reaches the user: what nobody foresaw is written to a file that the message names.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import click

from cellweave.cli.output import Output

COMMANDS = {
    "check": "Say what is wrong with a notebook as a workflow.",
    "graph": "Show the tasks of a notebook and what they need from each other.",
    "build": "Write a bundle: the workflow and its task notebooks for papermill.",
    "run": "Run a notebook task by task.",
    "verify": "Run a notebook plainly and as a workflow, and compare everything.",
    "diff": "Compare two notebooks, or two revisions of one, as workflows.",
    "explain": "Say what a diagnostic means and what to do about it.",
    "completion": "Print the completion script of a shell.",
}
"""All commands in the order of the help, so that the help imports none of them."""

INTERRUPTED = 130


class Commands(click.Group):
    """The group of all commands; a command's module is imported when it is called."""

    def main(  # type: ignore[override]
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        **extra: Any,
    ) -> NoReturn:
        """Run the command line and end the process with its status."""
        arguments = sys.argv[1:] if args is None else list(args)
        extra.pop("standalone_mode", None)

        def call(output: Output) -> object:
            return super(Commands, self).main(
                arguments, prog_name or "cellweave", standalone_mode=False, obj=output, **extra
            )

        sys.exit(guarded(call, Output(as_json="--json" in arguments)))

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Give the names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"cellweave.cli.commands.{cmd_name}")
        found: click.Command = module.command
        return found

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _version(ctx: click.Context, _option: click.Parameter, asked: bool) -> None:
    if not asked or ctx.resilient_parsing:
        return
    from cellweave import __version__

    click.echo(f"cellweave {__version__}")
    ctx.exit()


@click.group(
    cls=Commands,
    name="cellweave",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Any Jupyter notebook as an explained, correct task graph that runs through papermill."""


def main() -> NoReturn:
    """Run the command line of this process."""
    cli.main()


def guarded(call: Callable[[Output], object], output: Output) -> int:
    """Make the call; give its exit status, with every error turned into a message."""
    from cellweave.diagnostics.errors import CellweaveError

    try:
        status = call(output)
    except click.exceptions.Exit as end:
        status = end.exit_code
    except click.ClickException as error:
        status = output.usage(error)
    except CellweaveError as error:
        status = output.failure(error)
    except (KeyboardInterrupt, click.Abort):
        output.note("interrupted")
        status = INTERRUPTED
    except BrokenPipeError:
        output.close()
        status = 0
    except Exception as error:
        status = output.failure(_unforeseen(error))
    output.flush()
    return status if isinstance(status, int) else 0


def _unforeseen(error: Exception) -> Exception:
    """Make an error to show of one that nobody foresaw; its traceback goes to a file."""
    import tempfile
    import traceback

    from cellweave.diagnostics.catalogue import rule
    from cellweave.diagnostics.errors import CellweaveError, UsageError

    if isinstance(error, PermissionError) or (isinstance(error, OSError) and error.filename):
        why = error.strerror or type(error).__name__
        return UsageError(rule("unwritable-output").at(f"`{error.filename}`: {why}"))
    handle, path = tempfile.mkstemp(prefix="cellweave-error-", suffix=".txt", text=True)
    with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
        traceback.print_exception(error, file=file)
    return CellweaveError(
        rule("internal-error").at(
            f"{type(error).__name__}: {error}",
            help=f"please report it with {path}, which says where it happened",
        )
    )
