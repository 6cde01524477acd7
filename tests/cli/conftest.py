"""Notebooks as files, and the command line in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cellweave.cli.main import cli
from tests.cli.books import book


@pytest.fixture
def notebook(tmp_path) -> Callable[..., Path]:
    """Write a notebook from cells, or from any document or bytes, and give its path."""

    def write(*cells: Any, name: str = "nb.ipynb", content: Any = None, **metadata: Any) -> Path:
        folder = tmp_path / "work"
        folder.mkdir(exist_ok=True)
        path = folder / name
        if content is None:
            content = book(*cells, **metadata)
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        path.write_bytes(data)
        return path

    return write


@pytest.fixture
def cellweave(monkeypatch, tmp_path) -> Callable[..., Result]:
    """Call the command line; runs go to a folder of the test."""
    monkeypatch.setenv("CELLWEAVE_HOME", str(tmp_path / "home"))

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(cli, [str(argument) for argument in arguments])

    return call
