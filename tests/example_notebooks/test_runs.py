"""Each example runs from top to bottom, and as a workflow with the same values."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "example_notebooks"
COMMAND = Path(sys.executable).with_name("cellweave")
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
pytestmark = pytest.mark.slow


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """Give a copy of the examples, so that a run cannot leave anything in the repository."""
    return Path(shutil.copytree(FOLDER, tmp_path / "examples"))


def cellweave(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"CELLWEAVE_HOME": str(home)}
    return subprocess.run(
        [COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=240,
    )


@pytest.mark.parametrize("name", [path.stem for path in NOTEBOOKS])
def test_an_example_has_no_errors_and_no_warnings(name: str, examples: Path, tmp_path: Path):
    done = cellweave("check", str(examples / f"{name}.ipynb"), "--json", home=tmp_path / "home")

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["diagnostics"]
    assert [d for d in found if d["severity"] != "info"] == []


@pytest.mark.parametrize("name", [path.stem for path in NOTEBOOKS])
def test_an_example_gives_the_same_values_both_ways(name: str, examples: Path, tmp_path: Path):
    path = examples / f"{name}.ipynb"
    before = path.read_bytes()

    done = cellweave("verify", str(path), "--json", home=tmp_path / "home")

    assert done.returncode == 0, done.stdout + done.stderr
    assert path.read_bytes() == before
