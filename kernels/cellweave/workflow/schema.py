"""The JSON Schema of `workflow.json`, as published in `docs/reference/workflow.schema.json`.

`python -m cellweave.workflow.schema` prints it; a test compares the published file with it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import msgspec

from cellweave.workflow.model import Workflow

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """Give the schema as plain data."""
    made = msgspec.json.schema(Workflow)
    return {
        "$schema": DIALECT,
        "title": "cellweave workflow",
        "description": "What `cellweave build` writes as workflow.json.",
        **made,
    }


def to_text() -> str:
    """Give the schema as the text of the published file."""
    return json.dumps(schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(to_text())
