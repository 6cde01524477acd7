"""What can go wrong inside a task, as data that the notebook shows and the caller reads.

    RuntimeFailure          a failure that cellweave itself found; `code` names the diagnostics rule
    NotReady                raised by the user's code: an input is not there yet, try again later
    NotRetryable            raised by the user's code: trying again cannot help

User code may define its own `NotReady` and `NotRetryable`, so these two are known by class name.
"""

from __future__ import annotations

from typing import Any

SUCCESS = 0
FAILED = 1
NOT_READY = 20
NOT_RETRYABLE = 50

CODES = (
    "hidden-mutation",
    "alias-split",
    "unpicklable-output",
    "missing-input",
    "damaged-value",
    "cell-error",
    "parameter-type",
)


class NotReady(Exception):
    """What the task waits for is not there yet: run it again later, this is not an error."""


class NotRetryable(Exception):
    """The task failed in a way that another attempt cannot change."""


class RuntimeFailure(Exception):
    """A failure with a diagnostics code, at a cell and a variable where these are known."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        task: str = "",
        cell: str = "",
        line: int = 0,
        name: str = "",
        help: str = "",
        kind: str = "",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.task = task
        self.cell = cell
        self.line = line
        self.name = name
        self.help = help
        self.kind = kind

    def __reduce__(self) -> Any:
        return _rebuild, (self.as_dict(),)

    def as_dict(self) -> dict[str, Any]:
        """The failure as it is written to `failure.json`."""
        return {
            "code": self.code,
            "message": self.message,
            "task": self.task,
            "cell": self.cell,
            "line": self.line,
            "name": self.name,
            "help": self.help,
            "kind": self.kind,
        }

    def __str__(self) -> str:
        where = ", ".join(
            f"{label} {value}"
            for label, value in (
                ("task", self.task),
                ("cell", self.cell),
                ("line", self.line),
                ("variable", self.name),
            )
            if value
        )
        text = f"{self.code}: {self.message}"
        if where:
            text += f" ({where})"
        return f"{text}\nhelp: {self.help}" if self.help else text

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of frames of the runtime, which tell the user nothing."""
        return str(self).split("\n")


def _rebuild(fields: dict[str, Any]) -> RuntimeFailure:
    rest = {key: value for key, value in fields.items() if key not in {"code", "message"}}
    return RuntimeFailure(fields["code"], fields["message"], **rest)


def exit_status(error: BaseException | None) -> int:
    """The exit status of a task that ended with `error`, by the names of its class and bases."""
    if error is None:
        return SUCCESS
    names = {kind.__name__ for kind in type(error).__mro__}
    if "NotReady" in names:
        return NOT_READY
    if "NotRetryable" in names:
        return NOT_RETRYABLE
    return FAILED
