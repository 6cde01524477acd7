from __future__ import annotations

import copy
import functools
import random
import threading
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellweave.runtime.digest import difference, digest, tree


class Model:
    def __init__(self) -> None:
        self.rows = [1, {"k": 2}]
        self._cache = None

    @functools.cached_property
    def size(self) -> int:
        return len(self.rows)


def changed(value: Any, change: Any) -> str | None:
    before = tree(value)
    change(value)
    return difference(before, tree(value))


@settings(max_examples=50, deadline=None)
@given(
    st.recursive(
        st.one_of(st.integers(), st.floats(), st.text(), st.none()),
        lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    )
)
def test_a_deep_copy_has_the_same_digest(value: Any):
    assert digest(copy.deepcopy(value)) == digest(value)


@pytest.mark.parametrize(
    ("value", "change", "path"),
    [
        ({"a": [1, {"b": (2, [3])}]}, lambda v: v["a"][1]["b"][1].append(4), "['a'][1]['b'][1]"),
        ([1, 2], lambda v: v.__setitem__(0, 1.0), ""),
        ({"a": [1], "b": [2]}, lambda v: v.__setitem__("a", v.pop("a")), ""),
        ({1, 2}, lambda v: v.add(3), ""),
        (Model(), lambda v: v.rows[1].update(k=3), ".rows[1]['k']"),
        (Model(), lambda v: setattr(v, "extra", 1), ".extra"),
        (Model(), lambda v: delattr(v, "rows"), ".rows"),
        (np.arange(4.0), lambda v: v.__setitem__(0, 9), ""),
        (np.array([[1], None], dtype=object), lambda v: v[0].append(2), ".items[0]"),
        (pd.DataFrame({"a": [1, 2]}), lambda v: v.insert(1, "b", 1), ".columns"),
        (pd.Series([1, 2]), lambda v: v.__setitem__(0, 5), ".values"),
        (random.Random(1), lambda v: v.random(), ".state"),
        (np.random.default_rng(1), lambda v: v.random(), "()"),
        ((n for n in [1, 2]), next, ""),
        (lambda: 1, lambda v: setattr(v, "calls", 1), ".__dict__"),
        (bytearray(b"ab"), lambda v: v.append(0), ""),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value or "root",
)
def test_a_change_is_found_and_named(value: Any, change: Any, path: str):
    found = changed(value, change)

    assert found is not None
    assert path.startswith(found) or found.startswith(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda v: setattr(v, "_cache", 5),
        lambda v: setattr(v, "_made", 5),
        lambda v: v.size,
        lambda v: v.rows.append(v.rows.pop()),
    ],
    ids=["private from None", "private from absent", "cached property", "there and back"],
)
def test_what_nobody_can_see_from_outside_is_no_change(change: Any):
    assert changed(Model(), change) is None


def test_a_cached_property_that_changes_is_a_change():
    model = Model()
    assert model.size == 2

    assert changed(model, lambda v: v.__dict__.update(size=3)) == ".size"


def test_reading_pandas_fills_caches_and_changes_nothing():
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})

    assert changed(frame, lambda v: (v["a"], v.index.is_unique, v.loc[0], v.describe())) is None


def test_nan_equals_nan_and_sets_have_no_order():
    assert digest([float("nan")]) == digest([-float("nan")])
    assert digest(np.array([np.nan, 1])) == digest(np.array([-np.nan, 1]))
    assert digest({"b", "a", 1}) == digest({1, "a", "b"})


def test_types_that_compare_equal_differ():
    assert len({digest(value) for value in (1, 1.0, True, np.int64(1), "1", b"1")}) == 6
    assert digest((1, 2)) != digest([1, 2])


def test_cycles_and_what_cannot_be_looked_into_are_digested_too():
    ring: list[Any] = [threading.Lock()]
    ring.append(ring)

    assert digest(ring) == digest(ring)


def test_a_deep_chain_does_not_fail():
    chain: list[Any] = []
    for _ in range(100_000):
        chain = [chain]

    assert digest(chain)


def test_a_change_deep_inside_is_found():
    leaf: list[Any] = []
    chain: list[Any] = leaf
    for _ in range(3000):
        chain = [chain]

    assert changed(chain, lambda _: leaf.append(1)) is not None


def test_the_column_that_changed_is_named():
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})

    found = changed(frame, lambda v: v.__setitem__("b", ["x", "z"]))

    assert found is not None
    assert found.startswith("['b']")
