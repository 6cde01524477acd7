"""The example notebooks as files: what is committed is the notebook and nothing that a run left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "example_notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_an_example_carries_no_outputs(path: Path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]

    left = [c["id"] for c in cells if c.get("outputs") or c.get("execution_count")]

    assert left == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_an_example_is_a_valid_notebook_with_distinct_ids(path: Path):
    import nbformat

    notebook = nbformat.read(path, as_version=4)

    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)


def test_every_example_is_in_the_list_of_examples():
    text = (FOLDER / "README.md").read_text(encoding="utf-8")

    assert [path.name for path in NOTEBOOKS if f"]({path.name})" not in text] == []
