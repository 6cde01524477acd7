"""The folders of runs."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from cellweave.app import places
from cellweave.diagnostics.errors import UsageError


def test_cellweave_home_wins_over_the_data_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert places.home() == tmp_path / "data" / "cellweave"

    monkeypatch.setenv("CELLWEAVE_HOME", str(tmp_path / "own"))
    assert places.home() == tmp_path / "own"


def test_run_ids_sort_by_time():
    early = places.new_run_id(datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC))
    late = places.new_run_id(datetime.datetime(2026, 1, 2, 3, 4, 6, tzinfo=datetime.UTC))

    assert early.startswith("20260102-030405-")
    assert early < late


def test_a_folder_given_for_a_run_may_hold_an_earlier_run(tmp_path):
    folder = places.new_run_folder("a", tmp_path / "out")
    (folder / places.RECORD).write_text("{}")
    (folder / "churn.ipynb").write_text("{}")
    (folder / "tasks" / "fit.ipynb").write_text("{}")

    again = places.new_run_folder("b", tmp_path / "out")

    assert sorted(p.name for p in again.iterdir()) == ["journals", "logs", "tasks", "values"]
    assert not list((again / "tasks").iterdir())


@pytest.mark.parametrize("entry", ["thesis.tex", "run.json.txt", "data.ipynb"])
def test_a_folder_with_anything_else_is_refused_and_left_alone(tmp_path, entry):
    (tmp_path / entry).write_text("mine")

    with pytest.raises(UsageError) as caught:
        places.new_run_folder("a", tmp_path)

    assert caught.value.diagnostics[0].code == "not-a-run-folder"
    assert [p.name for p in tmp_path.iterdir()] == [entry]


def test_a_folder_that_cannot_be_made_is_a_usage_error(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(UsageError) as caught:
        places.new_run_folder("a", tmp_path / "file" / "run")

    assert caught.value.diagnostics[0].code == "unwritable-output"
    assert str(Path(tmp_path / "file")) in str(caught.value)
