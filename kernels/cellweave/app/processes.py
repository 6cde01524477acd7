"""Child processes that can be stopped with everything they started.

A papermill process starts a kernel in a session of its own, and the kernel starts what the user's
code asks for; killing one process group is not enough. A child carries a mark in its environment,
which its descendants inherit; where the system shows environments (Linux) the mark finds them even
after their parent died, elsewhere the tree of parents does.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

MARK = "CELLWEAVE_PROCESS_MARK"
_GRACE_S = 3.0
"""How long a child may take to clean up after the polite signal."""
_WINDOWS = sys.platform == "win32"
_MARKS = Path("/proc/self/environ").exists()
"""The system shows the environment of a process to its owner."""


class Child:
    """One running child; its output goes to `log`, its input is empty."""

    def __init__(
        self, command: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path
    ) -> None:
        self._mark = secrets.token_hex(8)
        with log.open("ab") as sink:
            self._process = subprocess.Popen(
                list(command),
                env={**env, MARK: self._mark},
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=not _WINDOWS,
            )

    @property
    def pid(self) -> int:
        """The process id of the child itself."""
        return self._process.pid

    def wait(self, timeout_s: float) -> int | None:
        """Give the exit code, negative for a signal; None when it still runs after `timeout_s`."""
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def sweep(self) -> None:
        """Kill what the child left behind when it ended."""
        _kill(self._family(), _signal("SIGKILL"))

    def stop(self) -> None:
        """End the child and all its descendants: politely, then by force. It never raises."""
        family = self._family()
        if self.wait(0.0) is None:
            _kill([self.pid], _signal("SIGINT"))
            if self.wait(_GRACE_S) is None:
                _kill({self.pid} | family, _signal("SIGTERM"))
                self.wait(_GRACE_S / 3)
        deadline = time.monotonic() + _GRACE_S
        while time.monotonic() < deadline:
            left = self._family() if _MARKS else frozenset(filter(_alive, family))
            ended = self.wait(0.0) is not None
            if ended and not left:
                return
            _kill(left if ended else left | {self.pid}, _signal("SIGKILL"))
            self.wait(0.05)

    def _family(self) -> frozenset[int]:
        """Ids of the descendants that are alive, the child itself left out."""
        found = _marked(f"{MARK}={self._mark}".encode()) if _MARKS else _descendants(self.pid)
        return found - {self.pid, os.getpid()}


def _marked(mark: bytes) -> frozenset[int]:
    found = set()
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            environment = Path(f"/proc/{entry.name}/environ").read_bytes()
        except OSError:  # another user's, or gone meanwhile
            continue
        if mark in environment.split(b"\0"):
            found.add(int(entry.name))
    return frozenset(found)


def _descendants(root: int) -> frozenset[int]:
    if _WINDOWS:
        return frozenset()
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    children: dict[int, list[int]] = {}
    for line in listing.splitlines():
        child, parent = map(int, line.split())
        children.setdefault(parent, []).append(child)
    found: set[int] = set()
    queue = [root]
    while queue:
        for pid in children.get(queue.pop(), ()):
            if pid not in found:
                found.add(pid)
                queue.append(pid)
    return frozenset(found)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _signal(name: str) -> int:
    return int(getattr(signal, name, signal.SIGTERM))


def _kill(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, number)
