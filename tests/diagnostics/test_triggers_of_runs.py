"""Diagnostics of a run, from an `.ipynb` through the command line.

`hidden-mutation` needs a wrong row in the tables; `tests/guard` sees to it.
"""

import json

import pytest
from click.testing import CliRunner

import cellweave
from cellweave.cli.main import cli
from cellweave.diagnostics.errors import RunError

pytestmark = pytest.mark.slow

SPOIL = """#| task: spoil
#| after: make
import pathlib
for path in pathlib.Path({folder!r}).rglob("*"):
    if "values" in path.parts and path.is_file() and {which}:
        {how}
"""
TRAVEL = ["#| task: make\nx = list(range(1000))", SPOIL, "#| task: take\n#| after: spoil\nprint(x)"]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Give status, diagnostics and text of a run of a notebook."""
    monkeypatch.setenv("CELLWEAVE_HOME", str(tmp_path / "home"))

    def call(*sources):
        cells = [
            {
                "cell_type": "code",
                "id": f"c{number}",
                "metadata": {},
                "execution_count": None,
                "outputs": [],
                "source": source,
            }
            for number, source in enumerate(sources)
        ]
        path = tmp_path / "nb.ipynb"
        content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        path.write_text(json.dumps(content))
        out = tmp_path / "out"
        result = CliRunner().invoke(
            cli, ["run", str(path), "--engine", "direct", "--output", str(out)]
        )
        return result.exit_code, result.output

    return call


@pytest.mark.parametrize(
    ("source", "status", "said"),
    [
        ("#| task: a\n\nx = 1 / 0", 1, "nb.ipynb:c0:3 error[cell-error]"),
        ("#| task: a\nimport os\nos._exit(3)", 1, "error[task-died]"),
        ("#| task: a\n#| timeout: 1s\nimport time\ntime.sleep(60)", 1, "error[task-timed-out]"),
        (
            "#| task: a\nclass NotReady(Exception): ...\nraise NotReady('tomorrow')",
            20,
            "nb.ipynb:c0:3 error[not-ready]",
        ),
    ],
)
def test_a_task_that_does_not_end_well_says_why(run, source, status, said):
    exit_code, text = run(source)

    assert exit_code == status, text
    assert said in text


@pytest.mark.parametrize(
    ("which", "how", "code"),
    [
        ("True", "path.unlink()", "missing-input"),
        ("path.name != 'index.json'", "path.write_bytes(b'?')", "damaged-value"),
    ],
)
def test_a_stored_value_that_was_tampered_with_is_not_loaded(run, tmp_path, which, how, code):
    spoil = SPOIL.format(folder=str(tmp_path / "out"), which=which, how=how)

    exit_code, text = run(TRAVEL[0], spoil, TRAVEL[2])

    assert exit_code == 1, text
    assert f"error[{code}]" in text
    assert "`make`" in text


def test_a_value_that_no_task_stored_is_not_made_up(run, tmp_path):
    run("#| task: a\nx = 1", "#| task: b\nprint(x)")

    notebook = cellweave.load(tmp_path / "nb.ipynb", engine="direct", output=tmp_path / "out")
    with pytest.raises(RunError, match=r"no-such-value.*stored no `y`"):
        notebook.run()["a"].value("y")
