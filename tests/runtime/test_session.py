"""The calls of a task notebook, in one process."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from cellweave.runtime import errors, rebuild, session
from cellweave.runtime.errors import RuntimeFailure


@pytest.fixture
def namespace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    made: dict[str, Any] = {"cellweave_io": str(tmp_path / "values"), "day": "2020-01-02"}
    session.start(made, task="fit", types={"day": "date"})
    yield made
    session.forget()
    rebuild.place.namespace = {}


def failure(tmp_path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((tmp_path / "values" / "fit" / "failure.json").read_bytes())
    return found


def test_start_coerces_parameters(namespace: dict[str, Any]):
    assert namespace["day"] == datetime.date(2020, 1, 2)


def test_start_goes_to_the_folder_of_the_notebook(tmp_path: Path, namespace: dict[str, Any]):
    (tmp_path / "book").mkdir()

    session.start(namespace, task="fit", workdir=tmp_path / "book")

    assert Path.cwd() == tmp_path / "book"


def test_a_start_without_a_folder_of_values_says_what_to_give():
    with pytest.raises(RuntimeFailure, match="cellweave_io"):
        session.start({}, task="fit")


def test_names_bound_between_the_users_cells_are_setup(namespace: dict[str, Any]):
    exec("def helper(): pass", namespace)
    session.begin("c1")
    exec("def own(): pass", namespace)
    session.end("c1")
    exec("def later(): pass", namespace)
    session.load([])

    assert session.current().setup == {"helper", "later"}


def test_a_setup_name_that_a_cell_binds_anew_is_a_value(namespace: dict[str, Any]):
    exec("def helper(): pass", namespace)
    session.begin("c1")
    exec("def helper(): return 2", namespace)
    session.end("c1")

    assert session.current().setup == set()


def test_loading_removes_a_name_that_its_writer_left_undefined(namespace: dict[str, Any]):
    session.begin("c1")
    session.end("c1")
    session.store("c1", ["gone"])
    namespace["gone"] = 1

    session.load([("gone", "fit", "c1")])

    assert "gone" not in namespace


def test_a_failure_is_written_with_task_cell_and_name(tmp_path: Path, namespace: dict[str, Any]):
    namespace["rows"] = [1]
    session.begin("c1", guards=["rows"])
    namespace["rows"].append(2)

    with pytest.raises(RuntimeFailure):
        session.end("c1")

    found = failure(tmp_path)
    assert (found["code"], found["task"]) == ("hidden-mutation", "fit")
    assert (found["cell"], found["name"], found["status"]) == ("c1", "rows", 1)


class NotReady(Exception):
    pass


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (ValueError("no"), "cell-error", 1),
        (errors.NotReady("wait"), "not-ready", 20),
        (NotReady("wait"), "not-ready", 20),
        (errors.NotRetryable("never"), "not-retryable", 50),
    ],
)
def test_an_error_of_the_users_is_written_with_its_meaning(
    tmp_path: Path, namespace: dict[str, Any], error: Exception, code: str, status: int
):
    session.begin("c1")

    session.report(error)

    found = failure(tmp_path)
    assert (found["code"], found["status"], found["cell"]) == (code, status, "c1")


def test_a_new_start_forgets_the_last_failure(tmp_path: Path, namespace: dict[str, Any]):
    session.report(ValueError("no"))

    session.start(namespace, task="fit")

    assert not (tmp_path / "values" / "fit" / "failure.json").exists()


def test_a_false_condition_skips_one_cell(namespace: dict[str, Any]):
    namespace["n"] = 1

    assert session.when("n > 0") is True
    assert session.take_skip() is False
    assert session.when("n > 1") is False
    assert session.take_skip() is True
    assert session.take_skip() is False


def test_the_state_of_a_generator_is_stored_and_loaded_like_a_name(namespace: dict[str, Any]):
    import random

    session.begin("c1", writes=["~random"])
    random.seed(3)
    session.end("c1")
    session.store("c1", ["~random"])
    expected = random.random()
    random.seed(4)

    session.load([("~random", "fit", "c1")])

    assert random.random() == expected
