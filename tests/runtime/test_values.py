"""Stored values within one process: exact types, sharing, codecs and memory."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from cellweave.runtime import digest, values
from cellweave.runtime.errors import RuntimeFailure

quick = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.text(),
    st.binary(),
    st.dates(),
    st.decimals(),
    st.fractions(),
    st.timedeltas(),
    st.builds(np.float32, st.floats(width=32)),
    st.builds(np.int8, st.integers(-128, 127)),
)
data = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner),
        st.dictionaries(st.one_of(st.integers(), st.text(), st.none()), inner, max_size=4),
        st.frozensets(st.integers(), max_size=4),
        st.sets(st.text(), max_size=4),
    ),
    max_leaves=12,
)


def back(io: Path, **stored: Any) -> dict[str, Any]:
    values.write(io, "make", "c1", stored)
    return values.Reader(io).read([(name, "make", "c1") for name in stored])


def same_types(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return all(map(same_types, one.items(), other.items()))
    if isinstance(one, (list, tuple)):
        return all(map(same_types, one, other))
    return True


def moving_strides(array: Any) -> list[int]:
    return [step for length, step in zip(array.shape, array.strides, strict=True) if length > 1]


@quick
@given(value=data)
def test_plain_data_comes_back_equal_with_the_same_types(tmp_path: Path, value: Any):
    read = back(tmp_path, value=value)["value"]

    assert same_types(value, read)
    assert digest.digest(read) == digest.digest(value)


@quick
@given(
    array=npst.arrays(
        st.one_of(npst.scalar_dtypes(), npst.array_dtypes(max_size=2)),
        npst.array_shapes(min_dims=0, min_side=0, max_side=4),
    ),
    how=st.sampled_from(["plain", "reversed", "transposed", "read-only", "stepped"]),
)
def test_any_array_comes_back_with_its_type_layout_and_flags(tmp_path: Path, array: Any, how: str):
    if how == "reversed" and array.ndim:
        array = array[::-1]
    if how == "stepped" and array.ndim:
        array = array[::2]
    if how == "transposed":
        array = array.T
    if how == "read-only":
        array.flags.writeable = False

    read = back(tmp_path, array=array)["array"]

    assert type(read) is np.ndarray
    assert read.dtype == array.dtype
    assert read.shape == array.shape
    assert digest.digest(read) == digest.digest(array)
    assert read.flags.writeable == array.flags.writeable
    if array.size:
        assert moving_strides(read) == moving_strides(array)


@quick
@given(
    steps=st.lists(st.slices(12), min_size=1, max_size=4),
    place=st.integers(0, 11),
)
def test_views_of_one_memory_come_back_as_views_of_one_memory(
    tmp_path: Path, steps: list[slice], place: int
):
    whole = np.arange(12.0)
    views = {f"v{number}": whole[step] for number, step in enumerate(steps)}

    read = back(tmp_path, whole=whole, **views)
    whole[place] = read["whole"][place] = -1.0

    for name, view in views.items():
        assert read[name].tolist() == view.tolist()


def test_views_without_their_base_share_memory_too(tmp_path: Path):
    base = np.arange(1000.0)

    read = back(tmp_path, left=base[10:20], right=base[15:25])
    read["left"][5] = -1

    assert read["right"][0] == -1
    assert sum(path.stat().st_size for path in (tmp_path / "make" / "c1").glob("*.pickle")) < 2000


def test_slices_of_an_object_array_share_its_items(tmp_path: Path):
    items = np.array([1, "x", None, [2]], dtype=object)

    read = back(tmp_path, items=items, tail=items[2:])
    read["tail"][0] = "new"

    assert read["items"][2] == "new"
    assert read["items"][3] is read["tail"][1]


def test_an_array_owns_its_memory_and_can_be_resized(tmp_path: Path):
    read = back(tmp_path, a=np.arange(300_000.0), b=np.arange(6).reshape(2, 3).copy(order="F"))

    assert read["a"].flags.owndata
    assert read["b"].flags.owndata
    assert read["b"].flags.f_contiguous
    read["a"].resize(2, refcheck=False)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": [1.5, np.nan]}),
        pd.DataFrame({"a": pd.Categorical(["u", "v"]), "d": pd.to_datetime(["2020", "2021"])}),
        pd.DataFrame(
            {"v": [1, 2, 3]}, index=pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)])
        ),
        pd.DataFrame({"n": pd.array([1, None], dtype="Int64"), "o": [{"k": 1}, (1, 2)]}),
        pd.Series([1, 2], name="s", index=pd.date_range("2020", periods=2, tz="UTC")),
        pd.DataFrame(),
    ],
    ids=["mixed", "categories and times", "multi-index", "nullable and objects", "series", "empty"],
)
def test_pandas_values_come_back_equal(tmp_path: Path, frame: Any):
    read = back(tmp_path, frame=frame)["frame"]

    assert type(read) is type(frame)
    assert digest.digest(read) == digest.digest(frame)
    assert digest.difference(digest.tree(frame), digest.tree(read)) is None


def test_frames_that_copy_on_write_stay_apart(tmp_path: Path):
    frame = pd.DataFrame({"a": [1, 2, 3], "b": [4, 5, 6]})

    read = back(tmp_path, frame=frame, part=frame[:], column=frame["a"])
    read["frame"].loc[0, "a"] = 99

    assert read["part"].loc[0, "a"] == 1
    assert read["column"][0] == 1


def test_plain_trees_are_json_and_plain_arrays_npy_for_other_programs(tmp_path: Path):
    index = values.write(
        tmp_path,
        "make",
        "c1",
        {"tree": {"a": [1, None, "é"]}, "array": np.arange(3), "keys": {1: 2}, "pair": (1,)},
    )

    codecs = {name: entry["codec"] for name, entry in index["names"].items()}
    assert codecs == {"tree": "json", "array": "npy", "keys": "pickle", "pair": "pickle"}
    folder = tmp_path / "make" / "c1"
    assert json.loads((folder / index["names"]["tree"]["blob"]).read_text()) == {
        "a": [1, None, "é"]
    }
    assert np.load(folder / index["names"]["array"]["blob"]).tolist() == [0, 1, 2]


def test_a_list_that_holds_one_object_twice_is_no_tree(tmp_path: Path):
    part = [1]

    read = back(tmp_path, twice=[part, part])["twice"]

    assert read[0] is read[1]


def test_a_cycle_comes_back_as_a_cycle(tmp_path: Path):
    ring: list[Any] = [1]
    ring.append(ring)

    read = back(tmp_path, ring=ring)["ring"]

    assert read[1] is read


def test_every_value_has_a_preview_that_needs_no_unpickling(tmp_path: Path):
    index = values.write(
        tmp_path,
        "make",
        "c1",
        {"frame": pd.DataFrame({"a": [1, 2]}), "n": datetime.date(2020, 1, 2)},
    )

    frame = index["names"]["frame"]["preview"]
    assert frame["shape"] == [2, 1]
    assert frame["columns"] == ["a"]
    assert "2" in frame["head"]
    assert "2020" in index["names"]["n"]["preview"]["head"]


def test_a_name_without_a_value_is_stored_as_undefined(tmp_path: Path):
    values.write(tmp_path, "make", "c1", {"x": 1}, undefined=["y"])
    missing: list[str] = []

    read = values.Reader(tmp_path).read([("x", "make", "c1"), ("y", "make", "c1")], missing.append)

    assert read == {"x": 1}
    assert missing == ["y"]
    with pytest.raises(NameError):
        values.read_value(tmp_path, "make", "c1", "y")


def test_a_failed_store_leaves_nothing_that_could_be_read(tmp_path: Path):
    with pytest.raises(RuntimeFailure):
        values.write(tmp_path, "make", "c1", {"good": [1], "bad": (n for n in [])})

    assert values.read_index(tmp_path, "make", "c1") is None


def test_odd_cell_ids_cannot_leave_the_folder_of_values(tmp_path: Path):
    assert values.folder(tmp_path, "t", "../x").parent == tmp_path / "t"
    assert values.folder(tmp_path, "t", "..").parent == tmp_path / "t"
    assert values.folder(tmp_path, "t", "..").name != ".."


def test_hazards_see_numpy_memory_but_not_what_all_values_share(tmp_path: Path):
    whole = np.arange(9.0)
    one, other = pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1]})

    values.write(
        tmp_path, "t", "c1", {"one": one}, hazards=[("one", "other")], others={"other": other}
    )
    with pytest.raises(RuntimeFailure, match="share a numpy memory"):
        values.write(
            tmp_path,
            "t",
            "c1",
            {"part": whole[2:4]},
            hazards=[("part", "whole")],
            others={"whole": whole},
        )


def test_an_array_over_a_bytearray_cannot_travel_beside_it(tmp_path: Path):
    raw = bytearray(16)
    array = np.frombuffer(raw, dtype=np.uint8)

    values.write(tmp_path, "t", "c1", {"array": array})
    with pytest.raises(RuntimeFailure, match="look at one memory"):
        values.write(tmp_path, "t", "c2", {"array": array, "raw": raw})


def test_two_stores_of_one_cell_add_up_and_a_new_run_starts_from_nothing(tmp_path: Path):
    first = values.write(tmp_path, "t", "c1", {"x": 1})
    values.write(tmp_path, "t", "c1", {"y": (2,)}, earlier=first["names"])

    assert values.read_value(tmp_path, "t", "c1", "x") == 1
    values.clear(tmp_path, "t")

    assert values.read_index(tmp_path, "t", "c1") is None


def test_a_class_attribute_that_is_a_name_too_stays_one_object(tmp_path: Path):
    registry: dict[str, Any] = {}
    plugin = type("Plugin", (), {"__module__": "__main__", "registry": registry})

    values.write(tmp_path, "t", "c1", {"registry": registry, "plugin": plugin, "lone": plugin()})
    index = values.read_index(tmp_path, "t", "c1")

    assert index is not None
    assert len({entry["blob"] for entry in index["names"].values()}) == 1


def test_two_instances_of_one_class_are_apart_although_they_share_its_attributes(tmp_path: Path):
    plugin = type("Plugin", (), {"__module__": "__main__", "registry": {}})

    index = values.write(
        tmp_path, "t", "c1", {"one": plugin(), "two": plugin()}, hazards=[("one", "two")]
    )

    assert all(entry["key"] is None for entry in index["names"].values())


def test_what_belongs_to_the_process_is_shared_by_nobody(tmp_path: Path):
    import logging

    log = logging.getLogger("cellweave.test")

    values.write(
        tmp_path, "t", "c1", {"one": [log]}, hazards=[("one", "two")], others={"two": [log]}
    )


def test_a_long_chain_of_objects_travels(tmp_path: Path):
    chain: Any = None
    for number in range(3000):
        chain = (number, [chain])

    read = back(tmp_path, chain=chain)["chain"]

    length = 0
    while read is not None:
        length, read = length + 1, read[1][0]
    assert length == 3000
