"""Canonical bytes, and the version of a workflow."""

from __future__ import annotations

import json

import msgspec
import pytest

from cellweave.workflow.canonical import from_bytes, to_bytes, version
from cellweave.workflow.model import CellStep
from tests.workflow.samples import renamed_cells, task, workflow


def test_bytes_give_the_workflow_back():
    assert from_bytes(to_bytes(workflow())) == workflow()


def test_the_order_of_settings_does_not_change_the_bytes():
    one = workflow(settings={"a": 1, "b": {"c": 1, "d": 2}})
    two = workflow(settings={"b": {"d": 2, "c": 1}, "a": 1})

    assert to_bytes(one) == to_bytes(two)


def test_half_a_character_survives():
    odd = workflow(settings={"name": "\ud800"})

    data = to_bytes(odd)

    json.loads(data)
    assert from_bytes(data) == odd
    assert version(odd) != version(workflow())


def test_what_is_no_workflow_is_refused():
    with pytest.raises(msgspec.ValidationError):
        from_bytes(b'{"name": 3}')
    with pytest.raises(msgspec.DecodeError):
        from_bytes(b"not JSON")


def test_ids_names_of_files_and_reasons_are_no_part_of_the_version():
    assert version(renamed_cells(workflow())) == version(workflow())
    assert version(workflow(name="another file")) == version(workflow())
    edge = msgspec.structs.replace(workflow().edges[0], reasons=())
    assert version(workflow(edges=(edge,))) == version(workflow())


@pytest.mark.parametrize(
    "changed",
    [
        workflow(tables="t2"),
        workflow(settings={"split": "cell"}),
        workflow(parameters=()),
        workflow(edges=()),
        task(workflow(), "fit", options={"retries": 3}),
        task(workflow(), "fit", steps=(CellStep(cell="c2", source="print(1)"),)),
    ],
)
def test_sources_options_settings_and_tables_are(changed):
    assert version(changed) != version(workflow())


def test_the_version_is_the_same_on_every_machine():
    assert version(workflow()) == "cfe6b0d766158a54ce656bbc1834d91b"
