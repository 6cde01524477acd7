from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cellweave.runtime import snapshot


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    def write(folder: Path, *cells: tuple[str, dict[str, Any]]) -> None:
        monkeypatch.setattr(snapshot, "_before", {})
        for cell, namespace in cells:
            snapshot.write(folder, cell, namespace, written=())

    return write


def test_a_value_is_compared_where_it_came_into_being(tmp_path: Path, run: Any):
    plain, other = tmp_path / "plain", tmp_path / "other"
    run(plain, ("a", {"x": [1]}), ("b", {"x": [1], "y": 2}), ("c", {"x": [1, 3], "y": 2}))
    run(other, ("a", {"x": [1]}), ("b", {"y": 2}), ("c", {"x": [1, 4]}))

    (found,) = snapshot.compare(plain, other)

    assert (found["cell"], found["name"]) == ("c", "x")
    assert found["plain"] == "list: [1, 3]"
    assert found["other"] == "list: [1, 4]"


def test_a_cell_that_did_not_run_is_told_once(tmp_path: Path, run: Any):
    run(tmp_path / "plain", ("a", {"x": 1, "y": 2}))
    run(tmp_path / "other", ("b", {"x": 1}))

    (found,) = snapshot.compare(tmp_path / "plain", tmp_path / "other")

    assert (found["cell"], found["name"]) == ("a", "")


def test_modules_private_names_and_ipythons_are_no_data():
    namespace = {"x": 1, "_y": 2, "In": [], "snapshot": snapshot, "cellweave_io": "/"}

    assert snapshot.data_variables(namespace) == {"x": 1}
