"""A diagnostic as text and as JSON, with the same facts in both.

    churn.ipynb:fit:3 error[unpicklable-output] `rows` is a generator; task `report` cannot …
      help: make it in a cell of `report`, or keep both cells in one task
      fix: Move the reader into `fit`: `#| task: fit` in cell report
      more: cellweave explain unpicklable-output

Plain text: colour is the command line's business.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from cellweave.diagnostics.core import Diagnostic


def place(diagnostic: Diagnostic, path: str = "") -> str:
    """Give `file:cell:line`, each part only where it is known."""
    parts = [Path(path).name, diagnostic.cell, str(diagnostic.line or "")]
    return ":".join(part for part in parts if part)


def headline(diagnostic: Diagnostic, path: str = "") -> str:
    """Give the one line that says where, how bad, which code and what."""
    where = place(diagnostic, path)
    what = f"{diagnostic.severity}[{diagnostic.code}] {_visible(diagnostic.message)}"
    return f"{where} {what}" if where else what


def to_text(diagnostic: Diagnostic, path: str = "") -> str:
    """Give the whole diagnostic: headline, help, fix and where to read on, a line each."""
    lines = [headline(diagnostic, path)]
    if diagnostic.help:
        lines.append(f"  help: {_visible(diagnostic.help)}")
    if fix := diagnostic.fix:
        option = f"`#| {fix.option}: {fix.value}` in cell {fix.cell}"
        lines.append(f"  fix: {_visible(fix.title)}: {_visible(option)}")
    lines.append(f"  more: cellweave explain {diagnostic.code}")
    return "\n".join(lines)


def to_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """Give the stable form for `--json`: every key is always there, `fix` may be null."""
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "cell": diagnostic.cell,
        "line": diagnostic.line,
        "name": diagnostic.name,
        "message": diagnostic.message,
        "help": diagnostic.help,
        "fix": msgspec.to_builtins(diagnostic.fix),
    }


def counts(diagnostics: Iterable[Diagnostic]) -> str:
    """Give `2 errors, 1 warning`, or the empty string where there is nothing to say."""
    numbers = {"error": 0, "warning": 0}
    for diagnostic in diagnostics:
        if diagnostic.severity in numbers:
            numbers[diagnostic.severity] += 1
    return ", ".join(f"{n} {word}{'s' * (n != 1)}" for word, n in numbers.items() if n)


def _visible(text: str) -> str:
    """Keep a name with line breaks or terminal escapes in it from breaking the printout."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
