"""What runs inside a task's process: values, guard, execution. The standard library alone.

Task notebooks import this package as `cellweave_runtime` from a zip beside them, so that it works
where cellweave is not installed; for that every import in it is relative. `session.py` lists the
calls that a task notebook makes.
"""

from __future__ import annotations

from typing import Any

_HOMES = {
    "start": "session",
    "load": "session",
    "begin": "session",
    "end": "session",
    "check": "session",
    "store": "session",
    "when": "session",
    "keep": "results",
    "current": "session",
    "NotReady": "errors",
    "NotRetryable": "errors",
    "RuntimeFailure": "errors",
    "execute": "execute",
    "read_value": "values",
    "files": "archive",
}
__all__ = sorted(_HOMES)  # noqa: PLE0605 - the names are the keys above


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{home}", __name__), name)
