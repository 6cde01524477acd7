"""The published JSON Schema."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

from cellweave.workflow import schema
from cellweave.workflow.canonical import to_bytes
from tests.workflow.samples import workflow

PUBLISHED = Path(__file__).parents[2] / "docs" / "reference" / "workflow.schema.json"


def test_the_published_schema_is_that_of_the_code():
    assert PUBLISHED.read_text(encoding="utf-8") == schema.to_text(), "run `make golden`"


def test_a_workflow_fits_the_schema():
    jsonschema.validate(json.loads(to_bytes(workflow())), schema.schema())
