"""Ids that are derived, never random: the same notebook gives the same ids on every machine."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cellweave._base.digests import digest

CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What nbformat 4.5 takes as the id of a cell."""


def derived_cell_ids(cells: Iterable[tuple[str, str, str]]) -> list[str]:
    """Give each (id, kind, source) an id: its own where that is valid and new, else a derived one.

    A derived id depends on kind, source and how many equal cells stand above it, so that editing
    or moving one cell leaves the ids of the others as they are.
    """
    cells = list(cells)
    taken: set[str] = set()
    own: list[bool] = []
    for given, _, _ in cells:
        fine = given not in taken and CELL_ID.fullmatch(given) is not None
        own.append(fine)
        if fine:
            taken.add(given)
    ids: list[str] = []
    ordinals: dict[tuple[str, str], int] = {}
    for (given, kind, source), fine in zip(cells, own, strict=True):
        if fine:
            ids.append(given)
            continue
        ordinal = ordinals.get((kind, source), 0)
        candidate = _derived(kind, source, ordinal)
        while candidate in taken:
            ordinal += 1
            candidate = _derived(kind, source, ordinal)
        ordinals[kind, source] = ordinal + 1
        taken.add(candidate)
        ids.append(candidate)
    return ids


def _derived(kind: str, source: str, ordinal: int) -> str:
    stem = digest(kind, source)[:8]
    return f"{stem}-{ordinal + 1}" if ordinal else stem
