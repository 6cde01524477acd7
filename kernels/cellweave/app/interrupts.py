"""Ctrl-C, SIGTERM and SIGHUP as something that a loop looks at, instead of an exception anywhere.

A run that is told to end must stop its processes and write its record first; an exception could
come between any two statements of that. Outside the main thread signals cannot be caught: there
the caller sets `seen` itself.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Interrupts:
    """While entered, the signals set `seen`; what handled them before is put back at the end."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._before: dict[int, Any] = {}

    @property
    def seen(self) -> bool:
        """Say whether the run was told to end."""
        return self._event.is_set()

    def set(self) -> None:
        """Tell the run to end."""
        self._event.set()

    def wait(self, timeout_s: float) -> bool:
        """Sleep for a time; True at once when the run is told to end."""
        return self._event.wait(timeout_s)

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for name in _NAMES:
                number = getattr(signal, name, None)
                if number is not None:
                    self._before[number] = signal.signal(number, self._caught)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _caught(self, _number: int, _frame: FrameType | None) -> None:
        self._event.set()
