"""The bytes of `workflow.json`, and the version of a workflow.

`to_bytes` is the same for the same workflow on every machine: fields in the order of `model.py`,
the keys of free dictionaries sorted. `version` leaves out what does not change a run: the ids of
cells (each becomes its place in the order of first mention), the lines they stand on, the reasons
of edges, and the name, which comes from the file's name unless a setting gives it.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from cellweave._base.digests import digest
from cellweave.workflow.model import Workflow

_CELL_KEYS = frozenset({"cell", "target_cell"})
_PLACE_KEYS = frozenset({"line", "target_line", "reasons"})
_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(Workflow)


def to_bytes(workflow: Workflow) -> bytes:
    """Give the canonical JSON, indented for people, with a newline at the end."""
    return _encode(workflow, indent=2) + b"\n"


def from_bytes(data: bytes) -> Workflow:
    """Read what `to_bytes` wrote; `msgspec.ValidationError` or `DecodeError` for anything else."""
    try:
        return _DECODER.decode(data)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        # Half of a surrogate pair in a cell's source is not JSON for msgspec, but is for json.
        try:
            loose = json.loads(data)
        except ValueError as error:
            raise msgspec.DecodeError(str(error)) from error
        return msgspec.convert(loose, Workflow)


def version(workflow: Workflow) -> str:
    """Give 32 hex digits for what the workflow does."""
    plain: dict[str, Any] = msgspec.to_builtins(workflow)
    del plain["name"]
    return digest(_encode(_without_places(plain, {}), indent=0))


def _encode(value: Any, *, indent: int) -> bytes:
    try:
        data = _ENCODER.encode(value)
    except UnicodeEncodeError:
        data = json.dumps(
            msgspec.to_builtins(value, order="deterministic"), separators=(",", ":")
        ).encode("ascii")
        return data if not indent else json.dumps(json.loads(data), indent=indent).encode("ascii")
    return msgspec.json.format(data, indent=indent) if indent else data


def _without_places(value: Any, places: dict[str, str]) -> Any:
    """Copy `value` with cells numbered as they are met, and without lines and reasons."""
    if isinstance(value, list | tuple):
        return [_without_places(item, places) for item in value]
    if not isinstance(value, dict):
        return value
    copy: dict[str, Any] = {}
    for key, item in value.items():
        if key in _PLACE_KEYS:
            continue
        if key in _CELL_KEYS:
            copy[key] = places.setdefault(item, str(len(places)))
        elif key == "cells":
            copy[key] = [places.setdefault(cell, str(len(places))) for cell in item]
        else:
            copy[key] = _without_places(item, places)
    return copy
