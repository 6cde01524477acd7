"""`cellweave diff`: two notebooks, or two revisions of one."""

from __future__ import annotations

import json
import subprocess

import pytest


def git(folder, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def committed(notebook):
    """A notebook under git, changed since the commit."""
    path = notebook("#| task: load\nrows = [1]", "#| task: report\nprint(rows)")
    git(path.parent, "init", "-q")
    git(path.parent, "add", ".")
    git(path.parent, "commit", "-qm", "first")
    return notebook("#| task: load\nrows = [1, 2]", "#| task: report\nprint(rows)")


def test_a_notebook_equals_itself(cellweave, notebook):
    path = notebook("x = [1]")

    result = cellweave("diff", path, path)

    assert result.exit_code == 0
    assert result.output == "the workflows are the same\n"


def test_two_revisions_are_compared_as_workflows(cellweave, committed):
    result = cellweave("diff", f"{committed}@HEAD", committed)

    assert result.exit_code == 0, result.output
    assert "~ task load changed" in result.output


def test_json_lists_the_changes(cellweave, committed):
    result = cellweave("diff", f"{committed}@HEAD", committed, "--json")

    (change,) = json.loads(result.output)["changes"]
    assert (change["what"], change["how"], change["name"]) == ("task", "changed", "load")


@pytest.mark.parametrize("revision", ["nowhere", "--output=x", "HEAD:x", ""])
def test_an_unknown_revision_is_a_usage_error(cellweave, committed, revision):
    result = cellweave("diff", f"{committed}@{revision}", committed)

    assert result.exit_code == 2
    assert "error[unknown-revision]" in result.output


def test_a_file_with_an_at_sign_in_its_name_is_a_file(cellweave, notebook):
    path = notebook("x = [1]", name="a@b.ipynb")

    assert cellweave("diff", path, path).exit_code == 0
