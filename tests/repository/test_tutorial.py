"""The tutorial's commands, run as they stand there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs" / "tutorials" / "first-workflow.md"
COMMAND = str(Path(sys.executable).with_name("cellweave"))
COMMANDS = re.findall(r"^\$ cellweave (.+)$", TUTORIAL.read_text("utf-8"), flags=re.MULTILINE)


@pytest.mark.slow
@pytest.mark.parametrize(
    "line", [line for line in COMMANDS if not line.startswith("verify")], ids=lambda line: line
)
def test_a_command_of_the_tutorial_works(line: str, tmp_path: Path):
    shutil.copytree(ROOT / "example_notebooks", tmp_path / "example_notebooks")

    done = subprocess.run(
        [COMMAND, *shlex.split(line)],
        cwd=tmp_path,
        env=os.environ | {"CELLWEAVE_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_tutorial_has_commands_to_try():
    assert len(COMMANDS) >= 5
