"""Running things with a clock and a memory meter. Medians, because a busy machine only adds."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple


class Ran(NamedTuple):
    """One child process: wall clock and the largest resident set of it and its children."""

    seconds: float
    peak_bytes: int
    stdout: str


def run(
    command: Iterable[str | os.PathLike[str]], *, cwd: Path, env: dict[str, str] | None = None
) -> Ran:
    """Run a command to its end. Raises `RuntimeError` with its output where it fails."""
    arguments = [os.fspath(part) for part in command]
    out, err = cwd / ".stdout", cwd / ".stderr"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        start = time.perf_counter()
        child = subprocess.Popen(
            arguments, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
        )
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        said = err.read_text(errors="replace")[-2000:] or out.read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{' '.join(arguments)} ended with {child.returncode}:\n{said}")
    return Ran(seconds, usage.ru_maxrss * 1024, out.read_text(errors="replace"))


def median_run(
    turns: int,
    command: Iterable[str | os.PathLike[str]],
    *,
    cwd: Path,
    env: dict[str, str] | None = None,
) -> Ran:
    """Run a command several times; give the median of the seconds and of the memory."""
    arguments = list(command)
    runs = [run(arguments, cwd=cwd, env=env) for _ in range(turns)]
    return Ran(
        statistics.median(r.seconds for r in runs),
        int(statistics.median(r.peak_bytes for r in runs)),
        runs[-1].stdout,
    )


def program(python: Path, name: str, *arguments: object, cwd: Path, turns: int) -> dict[str, float]:
    """Run a script of `programs/` that prints a JSON object of numbers; give the medians."""
    script = Path(__file__).parent / "programs" / name
    printed: list[dict[str, Any]] = []
    for _ in range(turns):
        ran = run([python, script, *map(str, arguments)], cwd=cwd)
        printed.append(json.loads(ran.stdout) | {"peak_bytes": ran.peak_bytes})
    return {key: statistics.median(p[key] for p in printed) for key in printed[0]}


def median_call(turns: int, call: Callable[[int], object]) -> float:
    """Give the median of the seconds that `call(turn)` takes."""
    took = []
    for turn in range(turns):
        start = time.perf_counter()
        call(turn)
        took.append(time.perf_counter() - start)
    return statistics.median(took)
