from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from cellweave.runtime.errors import RuntimeFailure
from cellweave.runtime.guard import Digests, Watch


def run(source: str, namespace: dict[str, Any], **watched: Any) -> None:
    options = {"writes": (), "guards": (), "visible": (), **watched}
    watch = Watch("c1", namespace, Digests(), **options)
    exec(source, namespace)
    watch.compare()


def test_a_guarded_name_that_changes_is_a_hidden_mutation():
    with pytest.raises(RuntimeFailure) as raised:
        run("rows[1].append(4)", {"rows": [1, [2]]}, guards=["rows"])

    failure = raised.value
    assert (failure.code, failure.cell, failure.name) == ("hidden-mutation", "c1", "rows")
    assert "`rows[1]`" in failure.message
    assert "#| writes: rows" in failure.help


def test_the_guarded_object_is_watched_and_not_the_name():
    with pytest.raises(RuntimeFailure, match="rows"):
        run("rows.append(4); rows = [1]", {"rows": [1]}, guards=["rows"])


@pytest.mark.parametrize("source", ["n = 2", "del n", "m = 2"])
def test_a_visible_name_that_the_cell_should_not_write_may_not_be_bound(source: str):
    with pytest.raises(RuntimeFailure, match="did not foresee") as raised:
        run(source, {"n": 1}, visible=["n", "m"])

    assert raised.value.kind == "rebound"


def test_what_the_cell_writes_is_its_own_business():
    run(
        "n = 2; rows.append(1)",
        {"n": 1, "rows": []},
        writes=["n", "rows"],
        guards=["rows"],
        visible=["n"],
    )


def test_a_drawn_random_number_is_seen_where_a_later_cell_needs_the_state():
    with pytest.raises(RuntimeFailure, match="changes random"):
        run("random.random()", {"random": random}, visible=["~random"])
    with pytest.raises(RuntimeFailure, match=r"changes numpy\.random"):
        run("np.random.rand()", {"np": np}, visible=["~numpy.random"])

    run("random.random()", {"random": random}, writes=["~random"], visible=["~random"])


def test_digests_are_kept_from_cell_to_cell_but_not_past_a_cell_that_did_not_guard_them():
    digests = Digests()
    namespace = {"rows": [1], "more": [2]}

    def cell(source: str, **watched: Any) -> None:
        options = {"writes": (), "guards": (), "visible": (), **watched}
        watch = Watch("c", namespace, digests, **options)
        exec(source, namespace)
        watch.compare()

    cell("", guards=["rows", "more"])
    assert set(digests.trees) == {"rows", "more"}
    cell("more.append(3)", guards=["rows"])
    assert set(digests.trees) == {"rows"}
    cell("", guards=["rows", "more"])


def test_a_change_in_large_data_is_seen_wherever_it_is():
    rows: list[Any] = [{"id": n, "tags": ["a"]} for n in range(2000)]

    run("len(rows)", {"rows": rows}, guards=["rows"])
    with pytest.raises(RuntimeFailure, match="rows"):
        run("rows[1500]['tags'].append('b')", {"rows": rows}, guards=["rows"])
    with pytest.raises(RuntimeFailure, match="rows"):
        run(
            "rows[7].extra = 1",
            {"rows": [*rows[:7], type("Row", (), {})(), *rows]},
            guards=["rows"],
        )
