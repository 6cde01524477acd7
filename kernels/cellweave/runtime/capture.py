"""Everything that a cell writes to its output, whoever writes it, goes into the journal.

Python's own `sys.stdout` and `sys.stderr` are replaced; file descriptors 1 and 2 are pipes, so
that extension modules and subprocesses are heard too. At the end of a cell `settle` empties the
pipes, so that no output lands in the next cell.
"""

from __future__ import annotations

import codecs
import io
import os
import select
import sys
import threading
from typing import Any, Callable

Write = Callable[[str, str], None]
_END_S = 0.2


class Stream(io.TextIOBase):
    """A text stream whose lines become events; what a forked child writes takes the pipe."""

    def __init__(
        self, name: str, descriptor: int, write: Write, before: Callable[[], None]
    ) -> None:
        super().__init__()
        self.name = f"<{name}>"
        self._kind = name
        self._descriptor = descriptor
        self._write = write
        self._before = before
        self._waiting: list[str] = []
        self._owner = os.getpid()
        self._lock = threading.RLock()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "UTF-8"

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return self._descriptor

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if os.getpid() != self._owner:
            os.write(self._descriptor, text.encode("utf-8", "replace"))
            return len(text)
        with self._lock:
            self._waiting.append(text)
            if "\n" in text or len(self._waiting) > 100:
                self.flush()
        return len(text)

    def flush(self) -> None:
        if os.getpid() != self._owner:
            return
        with self._lock:
            text, self._waiting = "".join(self._waiting), []
            self._before()
            if text:
                self._write(self._kind, text)


class _Pipe:
    """Takes the place of a file descriptor; what arrives is read by whoever comes first.

    A thread listens while a cell is busy; the cell's own thread reads too, before it writes
    something itself, so that what a subprocess wrote earlier comes first.
    """

    def __init__(self, descriptor: int, name: str, write: Write) -> None:
        self.descriptor = descriptor
        self.saved = os.dup(descriptor)
        self.reading, writing = os.pipe()
        os.dup2(writing, descriptor)
        os.close(writing)
        self.name = name
        self.write = write
        self.lock = threading.RLock()
        self.decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self.open = True
        self.thread = threading.Thread(target=self._listen, name=f"cellweave-{name}", daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        while _readable(self.reading, None) and self.open:
            if not self.drain():
                return

    def drain(self) -> bool:
        """Pass on all that has arrived; false at the end, when nobody can write any more."""
        with self.lock:
            while _readable(self.reading, 0):
                data = os.read(self.reading, 65536)
                text = self.decode(data, not data)
                if text:
                    self.write(self.name, text)
                if not data:
                    return False
        return True

    def close(self) -> None:
        self.open = False
        os.dup2(self.saved, self.descriptor)
        os.close(self.saved)
        self.drain()
        self.thread.join(_END_S)
        if not self.thread.is_alive():  # else a child still holds the other end
            os.close(self.reading)


def _readable(descriptor: int, timeout_ms: int | None) -> bool:
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(descriptor, select.POLLIN | select.POLLHUP)
        return bool(poll.poll(timeout_ms))
    timeout_s = None if timeout_ms is None else timeout_ms / 1000
    return bool(select.select([descriptor], [], [], timeout_s)[0])


class Capture:
    """Holds the process's output from `__enter__` to `__exit__`."""

    def __init__(self, write: Write) -> None:
        self.write = write
        self.pipes: list[_Pipe] = []
        self.kept: dict[str, Any] = {}

    def __enter__(self) -> Capture:  # noqa: PYI034 - `Self` is younger than Python 3.9
        self.kept = {name: getattr(sys, name) for name in ("stdin", "stdout", "stderr")}
        for name in ("stdout", "stderr"):
            try:
                self.kept[name].flush()
            except (AttributeError, OSError, ValueError):
                continue
        self.pipes = [_Pipe(1, "stdout", self.write), _Pipe(2, "stderr", self.write)]
        sys.stdout = Stream("stdout", 1, self.write, self.drain)
        sys.stderr = Stream("stderr", 2, self.write, self.drain)
        sys.stdin = open(os.devnull, encoding="utf-8")
        return self

    def drain(self) -> None:
        """Pass on what has arrived at the file descriptors."""
        for pipe in self.pipes:
            pipe.drain()

    def settle(self) -> None:
        """Put all output written so far into the journal."""
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (AttributeError, OSError, ValueError):
                continue
        _flush_c()
        self.drain()

    def __exit__(self, *_: object) -> None:
        self.settle()
        sys.stdin.close()
        for name, stream in self.kept.items():
            setattr(sys, name, stream)
        for pipe in self.pipes:
            pipe.close()


def _flush_c() -> None:
    """Let the C library write what extension modules printed."""
    try:
        import ctypes

        ctypes.CDLL(None).fflush(None)
    except (ImportError, OSError, AttributeError, TypeError):
        return
