"""Everything that a cell writes to its output, whoever writes it, goes into the journal.

Python's own `sys.stdout` and `sys.stderr` are replaced; file descriptors 1 and 2 are pipes, so
that extension modules and subprocesses are heard too. At the end of a cell `settle` waits until
the pipes are empty, so that no output lands in the next cell.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
import threading
from typing import Any, Callable

Write = Callable[[str, str], None]
_SETTLE_S = 5.0
_MARK = b"\0cellweave-settled\0"


class Stream(io.TextIOBase):
    """A text stream whose lines become events; what a forked child writes takes the pipe."""

    def __init__(self, name: str, descriptor: int, write: Write) -> None:
        super().__init__()
        self.name = f"<{name}>"
        self._kind = name
        self._descriptor = descriptor
        self._write = write
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
            if text:
                self._write(self._kind, text)


class _Pipe:
    """Reads what arrives at a file descriptor, on a thread of its own."""

    def __init__(self, descriptor: int, name: str, write: Write) -> None:
        self.descriptor = descriptor
        self.saved = os.dup(descriptor)
        self.reading, writing = os.pipe()
        os.dup2(writing, descriptor)
        os.close(writing)
        self.settled = threading.Event()
        self.name = name
        self.write = write
        self.thread = threading.Thread(target=self._read, name=f"cellweave-{name}", daemon=True)
        self.thread.start()

    def _read(self) -> None:
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        held = b""
        while True:
            try:
                data = os.read(self.reading, 65536)
            except OSError:
                break
            held += data
            while _MARK in held:
                before, _, held = held.partition(_MARK)
                self._emit(decode(before))
                self.settled.set()
            cut = _unfinished_mark(held) if data else len(held)
            self._emit(decode(held[:cut]))
            held = held[cut:]
            if not data:
                break

    def _emit(self, text: str) -> None:
        if text:
            self.write(self.name, text)

    def settle(self) -> None:
        self.settled.clear()
        try:
            os.write(self.descriptor, _MARK)
        except OSError:
            return
        self.settled.wait(_SETTLE_S)

    def close(self) -> None:
        os.dup2(self.saved, self.descriptor)
        os.close(self.saved)
        self.thread.join(_SETTLE_S if self.settled.is_set() else 0.1)


def _unfinished_mark(data: bytes) -> int:
    """Where a mark may begin at the end of `data`, of which the rest is still to come."""
    for size in range(min(len(_MARK) - 1, len(data)), 0, -1):
        if data.endswith(_MARK[:size]):
            return len(data) - size
    return len(data)


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
        sys.stdout = Stream("stdout", 1, self.write)
        sys.stderr = Stream("stderr", 2, self.write)
        sys.stdin = open(os.devnull, encoding="utf-8")
        return self

    def settle(self) -> None:
        """Wait until all output written so far is in the journal."""
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (AttributeError, OSError, ValueError):
                continue
        _flush_c()
        for pipe in self.pipes:
            pipe.settle()

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
