"""Diagnostics about what a command was asked to do, through the command line."""

import json
import shutil
import subprocess

import pytest
from click.testing import CliRunner

from cellweave.cli.main import cli

SOURCE = {
    "cell_type": "code",
    "id": "p",
    "metadata": {"tags": ["parameters"]},
    "execution_count": None,
    "outputs": [],
    "source": "limit: int = 10",
}


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "work" / "nb.ipynb"
    path.parent.mkdir()
    use = {**SOURCE, "id": "use", "metadata": {}, "source": "print(limit)"}
    content = {"cells": [SOURCE, use], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
def said(tmp_path, monkeypatch):
    """Give what a command that is refused says; it has written nothing."""
    monkeypatch.setenv("CELLWEAVE_HOME", str(tmp_path / "home"))

    def call(code, *arguments):
        before = sorted(tmp_path.rglob("*"))
        result = CliRunner().invoke(cli, [str(a) for a in arguments])
        assert result.exit_code == 2, result.output
        assert f"error[{code}]" in result.output
        assert sorted(tmp_path.rglob("*")) == before
        return result.output

    return call


def test_a_value_for_a_parameter_that_is_not_there(said, book):
    output = said("unknown-parameter", "run", book, "-p", "limt=5")

    assert "did you mean `limit`?" in output


def test_a_value_that_does_not_fit_its_parameter(said, book):
    assert "`int`" in said("parameter-type", "run", book, "-p", "limit=ten")


def test_an_output_folder_of_a_run_that_holds_something_else(said, book):
    said("not-a-run-folder", "run", book, "--output", book.parent)


def test_an_output_folder_of_a_bundle_that_holds_something_else(said, book):
    (book.parent.parent / "other").mkdir()
    (book.parent.parent / "other" / "precious.txt").touch()

    said("output-folder", "build", book, "-o", book.parent)
    said("output-folder", "build", book, "-o", book.parent.parent / "other")


def test_an_output_that_cannot_be_written(said, book):
    said("unwritable-output", "build", book, "-o", book / "below-a-file")


def test_a_picture_without_the_program_that_draws_it(said, book, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    said("no-graphviz", "graph", book, "--svg")


def test_an_engine_whose_package_is_not_installed(said, book, monkeypatch):
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *a: None if name == "papermill" else find(name, *a),
    )

    assert "cellweave[run]" in said("engine-missing", "run", book, "--engine", "papermill")


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_revision_that_git_does_not_know(said, book):
    subprocess.run(["git", "init", "-q", book.parent], check=True)

    said("unknown-revision", "diff", f"{book}@nowhere", book)
