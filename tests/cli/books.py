"""Notebooks as documents."""

from __future__ import annotations

from typing import Any


def code(source: str, id: str, *, tags: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": id,
        "metadata": {"tags": list(tags)} if tags else {},
        "execution_count": None,
        "outputs": [],
        "source": source,
    }


def book(*cells: dict[str, Any] | str, **metadata: Any) -> dict[str, Any]:
    made = [c if isinstance(c, dict) else code(c, f"c{n}") for n, c in enumerate(cells, start=1)]
    return {"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
