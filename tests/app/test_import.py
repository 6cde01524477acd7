"""What importing cellweave costs, each time in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = ("pandas", "numpy", "nbformat", "papermill", "flytekit", "grpc", "IPython", "rich", "click")


def run(source: str) -> str:
    command = [sys.executable, "-c", source]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_importing_cellweave_imports_nothing_heavy():
    loaded = json.loads(run("import cellweave, sys, json; print(json.dumps(list(sys.modules)))"))

    assert {name.partition(".")[0] for name in loaded} & set(HEAVY) == set()


def test_importing_cellweave_takes_less_than_50_ms():
    source = (
        "import time; a = time.perf_counter(); import cellweave; print(time.perf_counter() - a)"
    )

    assert min(float(run(source)) for _ in range(3)) < 0.05


def test_drawing_a_graph_imports_nothing_heavy(tmp_path):
    path = tmp_path / "nb.ipynb"
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None}
    document = {"cells": [{**cell, "source": "x = [1]"}], "metadata": {}}
    path.write_text(json.dumps({**document, "nbformat": 4, "nbformat_minor": 5}))
    source = f"""
import contextlib, io, json, sys
from cellweave.cli.main import cli
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    cli.main(["graph", {str(path)!r}, "--json"])
print(json.dumps(list(sys.modules)))
"""

    loaded = {name.partition(".")[0] for name in json.loads(run(source))}

    assert loaded & (set(HEAVY) - {"click"}) == set()


@pytest.mark.parametrize("name", ["load", "CellweaveError"])
def test_the_public_names_are_there(name):
    import cellweave

    assert callable(getattr(cellweave, name))
    assert name in dir(cellweave)


def test_an_unknown_name_is_an_attribute_error():
    import cellweave

    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = cellweave.nothing
