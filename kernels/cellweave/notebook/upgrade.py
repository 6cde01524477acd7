"""Notebooks older than nbformat 4, upgraded in memory: the parts that a workflow depends on.

Formats 2 and 3 keep their cells in worksheets, call a code cell's source `input`, and have cells
for headings and HTML. Format 1 had no worksheets. Outputs are left out, as everywhere here. That
much is done by hand and not by the `nbformat` package, because reading must not need it; a test
compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

KINDS = {"code": "code", "markdown": "markdown", "html": "markdown", "text": "markdown"}
HIGHEST_HEADING = 6
"""Markdown has no deeper one."""


def upgraded(old: dict[str, Any]) -> dict[str, Any]:
    """Give the notebook in the shape of nbformat 4, without outputs; cells get no ids here."""
    metadata = _object(old.get("metadata"))
    metadata.pop("name", None)
    metadata.pop("signature", None)
    return {
        "nbformat": 4,
        "nbformat_minor": 0,
        "metadata": metadata,
        "cells": [_cell(cell) for cell in _cells(old) if isinstance(cell, dict)],
    }


def _cells(old: dict[str, Any]) -> Iterator[Any]:
    worksheets = old.get("worksheets")
    for worksheet in worksheets if isinstance(worksheets, list) else [old]:
        if isinstance(worksheet, dict):
            cells = worksheet.get("cells")
            yield from cells if isinstance(cells, list) else ()


def _cell(old: dict[str, Any]) -> dict[str, Any]:
    kind = old.get("cell_type")
    metadata = _object(old.get("metadata"))
    if kind == "code":
        source = old.get("input", old.get("source", old.get("code", "")))
        if old.get("collapsed"):
            metadata["collapsed"] = True
    else:
        source = old.get("source", old.get("text", ""))
    if kind == "heading":
        lines = source if isinstance(source, list) else [source]
        text = " ".join("".join(map(str, lines)).splitlines())
        level = old.get("level", 1)
        depth = min(level, HIGHEST_HEADING) if isinstance(level, int) and level > 0 else 1
        source = f"{'#' * depth} {text}"
        kind = "markdown"
    return {"cell_type": KINDS.get(str(kind), "raw"), "metadata": metadata, "source": source}


def _object(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}
