"""Writes the reference pages that come from the code; with `--check` says which are stale.

A page is made of one thing in the code, so it cannot say anything else. `make golden` writes them,
`make docs` (and so CI) checks them.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click

DOCS = Path(__file__).parent
CLI_HEAD = """\
Exit status of every command: `0` good, `1` the workflow failed or has errors, `2` usage or
unreadable input, `20` not ready. What `--json` prints is on [its own page](json.md).
"""
ERRORS_HEAD = """\
A diagnostic has a code, a severity, a place (cell and line), a message and, where one is known, a
fix. An *error* keeps the notebook from running as a workflow, a *warning* says what was assumed, an
*info* what was decided.

"""
NOTE = "<!-- Made by docs/generate.py; change the code, then `make golden`. -->\n\n"


def cli_page() -> str:
    """Every command with its arguments and options, as click knows them."""
    from cellweave.cli.main import cli

    root = click.Context(cli, info_name="cellweave")
    text = [
        "# Command line\n\n",
        NOTE,
        CLI_HEAD,
    ]
    text += [section for name, command in commands(cli, root) for section in entry(name, command)]
    return "".join(text)


def commands(group: click.Command, parent: click.Context) -> Iterator[tuple[str, click.Context]]:
    """Give each command below a group, depth first, in the order of the help."""
    if not isinstance(group, click.Group):
        return
    for name in group.list_commands(parent):
        command = group.get_command(parent, name)
        if command is None or command.hidden:
            continue
        context = click.Context(command, parent=parent, info_name=name)
        yield context.command_path, context
        yield from commands(command, context)


def entry(path: str, context: click.Context) -> Iterator[str]:
    """Give the section of one command."""
    command = context.command
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"\n## {path}\n\n```text\n{path} {usage}\n```\n\n{paragraphs(command.help or '')}\n"
    records = (parameter.get_help_record(context) for parameter in command.get_params(context))
    rows = [record for record in records if record is not None and record[1]]
    if rows:
        yield "\n| Option | Meaning |\n|---|---|\n"
        yield from (f"| `{cell(option)}` | {cell(meaning)} |\n" for option, meaning in rows)


def paragraphs(text: str) -> str:
    """Give a help text as Markdown; a block that click must not wrap keeps its lines."""
    blocks = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(
        "```text\n" + block.removeprefix("\b\n") + "\n```" if block.startswith("\b") else block
        for block in blocks
    )


def cell(text: str) -> str:
    """Keep a text from ending its table cell."""
    return " ".join(text.split()).replace("|", "\\|")


def errors_page() -> str:
    """Every diagnostic that there is, with the page that explains it."""
    from cellweave.diagnostics import catalogue

    rules = catalogue.rules().values()
    text = [
        "# Diagnostics\n\n",
        NOTE,
        ERRORS_HEAD,
        "| Code | Severity | |\n|---|---|---|\n",
    ]
    text += [
        f"| [`{rule.code}`]({rule.code}.md) | {rule.severity} | {cell(rule.summary or '')} |\n"
        for rule in rules
    ]
    return "".join(text)


def pages() -> dict[str, str]:
    """Give every page that comes from the code, by its place below `docs/`."""
    from cellweave.notebook import schema as notebook
    from cellweave.workflow import schema as workflow

    return {
        "reference/cli.md": cli_page(),
        "reference/workflow.schema.json": workflow.to_text(),
        **{f"reference/{name}": text for name, text in notebook.files().items()},
        "errors/index.md": errors_page(),
    }


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` only compare them. Gives the exit status."""
    stale = []
    for name, text in pages().items():
        page = DOCS / name
        if page.is_file() and page.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in arguments:
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(text, encoding="utf-8")
            print(f"wrote docs/{name}")
    if stale and "--check" in arguments:
        print("stale, run `make golden`: " + ", ".join(f"docs/{name}" for name in stale))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
