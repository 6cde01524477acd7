"""What `cellweave graph` prints for each example, kept as text: a change shows as a diff to read.

`make golden` writes the files again.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "example_notebooks"
GOLDEN = Path(__file__).parent / "golden"
COMMAND = Path(sys.executable).with_name("cellweave")


@pytest.mark.parametrize("name", [path.stem for path in sorted(FOLDER.glob("*.ipynb"))])
@pytest.mark.parametrize("view", ["tasks", "cells"])
def test_the_graph_of_an_example_is_the_one_that_was_reviewed(name: str, view: str):
    arguments = [COMMAND, "graph", f"{name}.ipynb", *(["--cells"] if view == "cells" else [])]
    printed = subprocess.run(
        arguments,
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"COLUMNS": "100", "NO_COLOR": "1"},
    ).stdout
    file = GOLDEN / f"{name}.{view}.txt"
    if os.environ.get("CELLWEAVE_GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(printed, encoding="utf-8")

    assert printed == file.read_text(encoding="utf-8"), "run `make golden` and read the diff"
