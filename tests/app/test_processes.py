"""Children that end with everything they started."""

from __future__ import annotations

import os
import sys
import textwrap
import time
from pathlib import Path

import pytest

from cellweave.app.processes import Child


def child(tmp_path: Path, source: str) -> Child:
    script = tmp_path / "child.py"
    script.write_text(textwrap.dedent(source))
    command = [sys.executable, str(script), str(tmp_path)]
    return Child(command, env=dict(os.environ), cwd=tmp_path, log=tmp_path / "log")


def read_when_there(path: Path) -> str:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if path.exists() and path.read_text().endswith("\n"):
            return path.read_text().strip()
        time.sleep(0.01)
    raise AssertionError(f"{path} never appeared")


def is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_the_exit_code_and_the_log_are_kept(tmp_path):
    running = child(tmp_path, "print('hello'); raise SystemExit(20)")

    assert running.wait(10) == 20
    assert (tmp_path / "log").read_text() == "hello\n"


def test_waiting_gives_nothing_while_it_runs(tmp_path):
    running = child(tmp_path, "import time; time.sleep(60)")

    assert running.wait(0.01) is None

    running.stop()
    assert running.wait(0) is not None


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks at /proc")
def test_stopping_ends_a_grandchild_in_a_session_of_its_own(tmp_path):
    running = child(
        tmp_path,
        """
        import pathlib, subprocess, sys, time
        code = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(60)"
        inner = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
        pathlib.Path(sys.argv[1], "pid").write_text(f"{inner.pid}\\n")
        time.sleep(60)
        """,
    )
    pid = int(read_when_there(tmp_path / "pid"))

    running.stop()

    assert not is_alive(pid)
    assert not is_alive(running.pid)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks at /proc")
def test_what_a_dead_child_left_behind_is_found_by_its_mark(tmp_path):
    running = child(
        tmp_path,
        """
        import os, pathlib, subprocess, sys
        inner = subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True
        )
        pathlib.Path(sys.argv[1], "pid").write_text(f"{inner.pid}\\n")
        os._exit(1)
        """,
    )
    assert running.wait(10) == 1
    pid = int((tmp_path / "pid").read_text())

    running.sweep()

    deadline = time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_alive(pid)
