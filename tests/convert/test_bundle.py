"""Bundles on disk."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile

import msgspec
import pytest

from cellweave.convert.bundle import inside, runtime_archive, write_bundle
from cellweave.convert.compile import compile_workflow
from cellweave.diagnostics.errors import UsageError, WorkflowError
from cellweave.workflow.canonical import from_bytes
from tests.convert.books import book, cell


def made(folder, *, when=1):
    notebook, graph = book(
        cell("a", f"#| task: one\nx = {when}", writes="x"),
        cell("b", "#| task: two\nimport msgspec\nprint(x)", reads="x"),
    )
    notebook = msgspec.structs.replace(notebook, path=str(folder / "book.ipynb"))
    return compile_workflow(notebook, graph), notebook


def content(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_bundle_holds_all_that_a_run_needs(tmp_path):
    compiled, notebook = made(tmp_path)

    out = write_bundle(compiled, notebook, tmp_path / "out")

    assert sorted(content(out)) == [
        "Containerfile",
        "environment.lock",
        "order.txt",
        "runtime.pyz",
        "tasks/one.ipynb",
        "tasks/two.ipynb",
        "workflow.json",
    ]
    assert (out / "order.txt").read_text() == "one\ntwo\n"
    assert from_bytes((out / "workflow.json").read_bytes()) == compiled.workflow
    assert "msgspec==" in (out / "environment.lock").read_text()


def test_the_same_notebook_gives_the_same_bytes(tmp_path):
    first = content(write_bundle(*made(tmp_path), tmp_path / "out"))
    second = content(write_bundle(*made(tmp_path), tmp_path / "out"))

    assert first == second
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_the_runtime_runs_from_its_archive_with_the_standard_library_alone(tmp_path):
    archive = tmp_path / "runtime.pyz"
    archive.write_bytes(runtime_archive())

    code = "import cellweave_runtime; print(cellweave_runtime.__file__)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(archive)!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert str(archive) in done.stdout
    with zipfile.ZipFile(archive) as opened:
        assert all(info.date_time[0] == 1980 for info in opened.infolist())
    assert runtime_archive() == runtime_archive()


def test_values_stay_when_a_bundle_is_written_again(tmp_path):
    out = write_bundle(*made(tmp_path), tmp_path / "out")
    (out / "values").mkdir()
    (out / "values" / "kept").write_text("x")

    write_bundle(*made(tmp_path, when=2), out)

    assert (out / "values" / "kept").read_text() == "x"


def test_values_of_another_version_are_never_read(tmp_path):
    def io(out):
        first = json.loads((out / "tasks" / "one.ipynb").read_bytes())["cells"][0]
        return next(line for line in first["source"] if "cellweave_io" in line)

    one = io(write_bundle(*made(tmp_path), tmp_path / "out"))
    two = io(write_bundle(*made(tmp_path, when=2), tmp_path / "out"))

    assert one != two


@pytest.mark.parametrize("kind", ["file", "link", "foreign", "other"])
def test_a_folder_with_something_else_is_refused_and_left_alone(tmp_path, kind):
    target = tmp_path / "out"
    if kind == "file":
        target.write_text("mine")
    elif kind == "link":
        (tmp_path / "elsewhere").mkdir()
        target.symlink_to(tmp_path / "elsewhere")
    else:
        target.mkdir()
        (target / ("thesis.doc" if kind == "foreign" else "tasks")).write_text("mine")
    before = sorted(p.name for p in tmp_path.rglob("*"))

    with pytest.raises(UsageError) as error:
        write_bundle(*made(tmp_path), target)

    assert error.value.diagnostics[0].code == "output-folder"
    assert sorted(p.name for p in tmp_path.rglob("*")) == before


def test_nothing_is_written_for_a_workflow_with_errors(tmp_path):
    notebook, graph = book(cell("a", "#| task: one\n#| after: none\nx = 1", writes="x"))

    with pytest.raises(WorkflowError, match="unknown-after"):
        write_bundle(compile_workflow(notebook, graph), notebook, tmp_path / "out")

    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_behind_when_writing_fails(tmp_path, monkeypatch):
    def fail(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cellweave.convert.bundle._swap", fail)

    with pytest.raises(OSError, match="No space"):
        write_bundle(*made(tmp_path), tmp_path / "out")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "a/../../x", "", "a\\b", "a\0b"])
def test_a_name_that_leaves_the_bundle_is_refused(name):
    with pytest.raises(ValueError, match="inside"):
        inside(name)


def test_packages_and_image_go_into_the_containerfile(tmp_path):
    notebook, graph = book(
        cell("a", "#| task: one\n#| packages: [git, graphviz]\nx = 1", writes="x")
    )
    notebook = msgspec.structs.replace(notebook, path=str(tmp_path / "book.ipynb"))

    out = write_bundle(compile_workflow(notebook, graph), notebook, tmp_path / "out")

    text = (out / "Containerfile").read_text()
    assert "apt-get install --yes --no-install-recommends git graphviz" in text
    assert f"FROM docker.io/library/python:3.{sys.version_info.minor}-slim" in text
    assert "pip install --requirement environment.lock" in text
