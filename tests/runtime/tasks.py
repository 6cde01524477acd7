"""Tasks for tests: real processes, each with its own `__main__`, that store and load values."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

KERNELS = Path(__file__).parents[2] / "kernels"

_HEAD = """\
import sys; sys.path.insert(0, {kernels!r})
import cellweave.runtime as __cellweave__
__cellweave__.start(globals(), task={task!r}, io={io!r})
"""


class Tasks:
    """Runs pieces of source as tasks over one folder of values."""

    def __init__(self, io: Path) -> None:
        self.io = io

    def run(self, task: str, source: str) -> str:
        """Run a task and return what it printed; a failing one raises with its stderr."""
        done = self.attempt(task, source)
        if done.returncode:
            raise AssertionError(done.stderr)
        return done.stdout

    def attempt(self, task: str, source: str) -> subprocess.CompletedProcess[str]:
        head = _HEAD.format(kernels=str(KERNELS), task=task, io=str(self.io))
        path = self.io.parent / f"{task}.py"
        path.write_text(head + textwrap.dedent(source))
        return subprocess.run(
            [sys.executable, str(path)], capture_output=True, text=True, timeout=60, check=False
        )

    def failure(self, task: str) -> dict[str, Any]:
        """What the task wrote about its end."""
        found: dict[str, Any] = json.loads((self.io / task / "failure.json").read_bytes())
        return found


def code(source: str, cell: str, *, role: str = "", tags: tuple[str, ...] = ()) -> dict[str, Any]:
    """A code cell of a notebook."""
    metadata: dict[str, Any] = {"tags": list(tags)} if tags else {}
    if role:
        metadata["cellweave"] = {"role": role}
    return {
        "cell_type": "code",
        "id": cell,
        "metadata": metadata,
        "source": textwrap.dedent(source).strip("\n"),
        "outputs": [],
        "execution_count": None,
    }


def book(*cells: dict[str, Any]) -> dict[str, Any]:
    """A notebook of these cells, for the Python kernel."""
    return {
        "cells": list(cells),
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
