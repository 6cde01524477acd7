"""Everything that the command line writes goes through here.

It keeps four promises: under `--json` standard output is one JSON document, also for errors; a
reader that goes away is no error; a terminal that cannot show a character gets an escape for it;
an error is a message with file, cell and line, never a traceback.
"""

from __future__ import annotations

import json
import os
import sys
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click
    from rich.console import Console

Span = tuple[str, str]
"""Text and its style, as rich names styles; an empty style is plain."""
READABLE = 100
"""Columns that running text takes at most."""


class Output:
    """Standard output and standard error of one command."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        for stream in (sys.stdout, sys.stderr):
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(errors="backslashreplace")
        # Asked once: while rich shows something live, it stands in for the stream.
        encoding = getattr(sys.stdout, "encoding", None) or "ascii"
        self.has_unicode = encoding.lower().replace("-", "").startswith("utf")
        """Standard output takes more than ASCII."""
        self.is_terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        """A person looks at standard output."""

    def json(self, document: Any) -> None:
        """Write one JSON document; it is ASCII, so that any terminal and pipe takes it."""
        self._write(sys.stdout, json.dumps(document, indent=2) + "\n")

    def text(self, text: str) -> None:
        """Write text as it is, with a newline at the end."""
        self._write(sys.stdout, text if text.endswith("\n") else text + "\n")

    def lines(self, lines: Iterable[Iterable[Span]]) -> None:
        """Write lines of styled spans: with colours on a terminal, plain elsewhere."""
        if not self.is_terminal:
            plain = "".join("".join(text for text, _ in line) + "\n" for line in lines)
            self._write(sys.stdout, plain)
            return
        from rich.text import Text

        console = self.console()
        try:
            for line in lines:
                console.print(Text.assemble(*line), soft_wrap=True)
        except BrokenPipeError:
            self.close()

    def markdown(self, text: str) -> None:
        """Write Markdown: rendered on a terminal, as it is elsewhere."""
        if not self.is_terminal:
            self.text(text)
            return
        from rich.markdown import Markdown

        console = self.console()
        try:
            console.print(Markdown(text), width=min(console.width, READABLE))
        except BrokenPipeError:
            self.close()

    def console(self) -> Console:
        """Give rich's console on standard output."""
        from rich.console import Console

        return Console(file=sys.stdout, highlight=False, markup=False, emoji=False)

    def note(self, text: str) -> None:
        """Write a line to standard error."""
        self._write(sys.stderr, text + "\n")

    def failure(self, error: Exception) -> int:
        """Write an error of cellweave and give its exit status."""
        from cellweave.diagnostics.printing import to_json

        diagnostics = getattr(error, "diagnostics", ())
        if self.as_json:
            message = "; ".join(d.message for d in diagnostics) or str(error)
            self.json(
                {
                    "error": {"message": message, "path": getattr(error, "path", "")},
                    "diagnostics": [to_json(d) for d in diagnostics],
                }
            )
        else:
            self.note(str(error))
        return int(getattr(error, "status", 1))

    def usage(self, error: click.ClickException) -> int:
        """Write what is wrong with the command line and give its exit status."""
        if self.as_json:
            self.json({"error": {"message": error.format_message(), "path": ""}, "diagnostics": []})
        else:
            error.show(file=sys.stderr)
        return error.exit_code

    def flush(self) -> None:
        """Hand on what is still in buffers."""
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except BrokenPipeError:
                self.close()
            except (OSError, ValueError):
                continue

    def close(self) -> None:
        """Forget a reader that has gone away, so that nothing complains at exit either."""
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.close(nowhere)
        except (OSError, ValueError):
            return

    def _write(self, stream: IO[str], text: str) -> None:
        try:
            stream.write(text)
            stream.flush()
        except BrokenPipeError:
            self.close()
