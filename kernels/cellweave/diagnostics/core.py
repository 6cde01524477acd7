"""What a diagnostic is, and how a rule makes one.

A rule has a code (a slug such as `alias-split`), a severity and a one-line summary; `rules/` holds
one file for each code, and `docs/errors/<code>.md` its public page. A diagnostic is one finding of
a rule at one place. Nothing here prints (`printing.py`) or raises (`errors.py`).
"""

from __future__ import annotations

from typing import Literal

import msgspec

Severity = Literal["error", "warning", "info"]


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """A change that would settle a diagnostic: set option `option` of cell `cell` to `value`."""

    title: str
    cell: str
    option: str
    value: str


class Diagnostic(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One finding. Lines count from 1 within the cell; 0 means all of it.

    An empty `cell` means the whole notebook; a line then counts in the file.
    """

    code: str
    severity: Severity
    message: str
    cell: str = ""
    line: int = 0
    name: str = ""
    """The variable, option or task that it is about."""
    help: str = ""
    fix: Fix | None = None


class Rule(msgspec.Struct, frozen=True):
    """A kind of diagnostic; `summary` is the first line of its page in the docs."""

    code: str
    severity: Severity
    summary: str
    status: int = 1
    """Exit status of a command that ends with such an error: 1 failed, 2 unreadable input."""

    def at(
        self,
        message: str,
        *,
        cell: str = "",
        line: int = 0,
        name: str = "",
        help: str = "",
        fix: Fix | None = None,
        severity: Severity | None = None,
    ) -> Diagnostic:
        """Make a diagnostic of this rule at a place."""
        return Diagnostic(
            code=self.code,
            severity=severity or self.severity,
            message=message,
            cell=cell,
            line=line,
            name=name,
            help=help,
            fix=fix,
        )
