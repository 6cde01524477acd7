"""`cellweave verify`: both runs, compared; also with a workflow that is wrong on purpose."""

from __future__ import annotations

import functools
import json

import pytest

from cellweave import dataflow

pytestmark = pytest.mark.slow
MUTATED = (
    "#| task: a\nrows = [1]",
    "#| task: b\nrows.append(2)",
    "#| task: c\nprint(rows)",
)


@pytest.fixture
def verify(cellweave):
    def call(path):
        result = cellweave("verify", path, "--json")
        return result.exit_code, json.loads(result.stdout)

    return call


def test_a_workflow_that_gives_the_same_agrees(verify, notebook):
    path = notebook(
        "import math\nscale = 2",
        "#| task: a\nrows = [1]\nprint('made', rows)",
        "#| task: b\nview = rows\nview.append(math.pi * scale)",
        "#| task: c\nprint(len(rows))\nrows",
    )

    status, found = verify(path)

    assert status == 0, found
    assert found["result"] == "agrees"
    assert found["differences"] == []
    assert found["compared"] >= 8
    assert [p.name for p in path.parent.iterdir()] == ["nb.ipynb"]


def test_what_two_plain_runs_do_not_agree_on_is_listed_and_not_compared(verify, notebook):
    path = notebook(
        "#| task: a\nimport random, uuid\ntoken = uuid.uuid4().hex\nprint('made')",
        "#| task: b\nprint(token)",
        "#| task: c\nprint('steady')",
    )

    status, found = verify(path)

    assert status == 0, found
    assert [(f["cell"], f["kind"]) for f in found["unstable"]] == [("c2", "output")]
    assert ("c1", "token") in [(f["cell"], f["name"]) for f in found["unstable_values"]]


def test_a_wrong_workflow_never_agrees(verify, notebook, monkeypatch):
    blind = functools.partial(dataflow.analyse, mutations=False)
    monkeypatch.setattr(dataflow, "analyse", blind)
    path = notebook(*MUTATED)

    status, found = verify(path)

    assert status == 1
    assert found["result"] == "differs"
    first = found["differences"][0]
    assert (first["cell"], first["name"]) == ("c2", "rows")
    assert first["cause"] == "hidden-mutation"
    assert any(f["cell"] == "c3" and f["kind"] in ("output", "value") for f in found["differences"])


def test_a_notebook_that_fails_plainly_says_where(verify, notebook):
    status, found = verify(notebook("#| task: a\nx = [1]", "#| task: b\n\n1 / 0"))

    assert status == 1
    assert found["result"] == "failed"
    (finding,) = found["differences"]
    assert finding["cell"] == "c2"
    assert "ZeroDivisionError" in finding["message"]


def test_text_names_cell_and_variable(cellweave, notebook, monkeypatch):
    blind = functools.partial(dataflow.analyse, mutations=False)
    monkeypatch.setattr(dataflow, "analyse", blind)
    path = notebook(*MUTATED)

    result = cellweave("verify", path)

    assert result.exit_code == 1
    assert "nb.ipynb:c2 task `b` stopped" in result.output
    assert "`rows`" in result.output
    assert "nb.ipynb: differs" in result.output
