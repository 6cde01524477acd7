"""The exceptions of cellweave: each wraps diagnostics, and knows the exit status it stands for.

    CellweaveError            1   the workflow failed, or has errors
    ├── UsageError            2   the command line, the options of a call
    ├── NotebookError         2   a notebook that cannot be read
    ├── WorkflowError         1   the analysis or the conversion found errors
    ├── RunError              1   a task failed while it ran
    └── NotReadyError        20   an input is not there yet; try again later

Only the edge raises: the parts below return values and diagnostics.
"""

from __future__ import annotations

from collections.abc import Iterable

from cellweave.diagnostics import catalogue, printing
from cellweave.diagnostics.core import Diagnostic


class CellweaveError(Exception):
    """Base class: `diagnostics` say what happened, `path` is the notebook (may be empty)."""

    status = 1
    """Exit status of a command that ends with this error."""

    def __init__(self, diagnostics: Diagnostic | Iterable[Diagnostic], path: str = "") -> None:
        self.diagnostics = (
            (diagnostics,) if isinstance(diagnostics, Diagnostic) else tuple(diagnostics)
        )
        self.path = path
        super().__init__(self.diagnostics, path)

    def __str__(self) -> str:
        return "\n".join(printing.to_text(d, self.path) for d in self.diagnostics)


class UsageError(CellweaveError):
    """The command or call cannot be carried out as it was given."""

    status = 2


class NotebookError(CellweaveError):
    """The notebook cannot be read; nothing was written."""

    status = 2


class WorkflowError(CellweaveError):
    """The notebook has errors that keep it from becoming a workflow that runs."""


class RunError(CellweaveError):
    """A task failed."""


class NotReadyError(CellweaveError):
    """Something that a task waits for is not there yet: not an error, try again later."""

    status = 20


def exit_status(diagnostics: Iterable[Diagnostic]) -> int:
    """Give 0 without errors, 2 where one of them means unreadable input, else 1."""
    errors = [d for d in diagnostics if d.severity == "error"]
    return max((catalogue.rule(d.code).status for d in errors), default=0)
