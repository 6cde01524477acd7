"""What a task made and no other task takes: kept for whoever asks for it after the run.

Nobody waits for these values, so nothing fails here: one that cannot be stored is left out.
"""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Any

from . import pickling, values
from .session import current

RESULTS = "~results"
"""Stands for a cell in the layout of stored values; no cell has this id."""


def keep(names: Iterable[str]) -> None:
    """Store those of `names` that are bound and can be stored, under the cell `RESULTS`."""
    session = current()
    around = session.surroundings()
    found: dict[str, Any] = {
        name: session.namespace[name]
        for name in names
        if name in session.namespace and not isinstance(session.namespace[name], types.ModuleType)
    }
    try:
        values.write(session.io, session.task, RESULTS, found, surroundings=around)
    except Exception:  # some value cannot travel: take the others
        found = {name: value for name, value in found.items() if _can_travel(value, around)}
        try:
            values.write(session.io, session.task, RESULTS, found, surroundings=around)
        except Exception:
            return


def _can_travel(value: Any, around: pickling.Surroundings) -> bool:
    try:
        pickling.dumps(value, around)
    except Exception:
        return False
    return True
