"""A notebook in memory: its cells with their options, its settings, and what reading it found.

Outputs are not here: nothing in a workflow depends on them, and they may be a hundred megabytes.
"""

from __future__ import annotations

import functools
from typing import Any, Literal

import msgspec

from cellweave.diagnostics.core import Diagnostic
from cellweave.notebook.options import NO_OPTIONS, CellOptions
from cellweave.notebook.parameters import Parameter, find_parameters
from cellweave.notebook.settings import Settings

CellKind = Literal["code", "markdown", "raw"]


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One cell. `index` counts from 0 among all cells."""

    id: str
    """Its nbformat id; derived from kind and source where the file has none that is valid."""
    index: int
    kind: CellKind
    source: str
    """As in the file, options included; lone surrogates are replaced by U+FFFD."""
    tags: tuple[str, ...] = ()
    options: CellOptions = NO_OPTIONS
    metadata: dict[str, Any] = {}
    attachments: dict[str, Any] | None = None


class Notebook(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A notebook as it was read; see `reader.read`."""

    path: str
    cells: tuple[Cell, ...]
    settings: Settings = Settings()
    language: str = "python"
    kernel: str = ""
    """Name of the kernelspec; empty where the file names none."""
    metadata: dict[str, Any] = {}
    diagnostics: tuple[Diagnostic, ...] = ()

    @functools.cached_property
    def code_cells(self) -> tuple[Cell, ...]:
        """The code cells, in notebook order."""
        return tuple(cell for cell in self.cells if cell.kind == "code")

    @functools.cached_property
    def parameters_cell(self) -> Cell | None:
        """The cell with papermill's tag `parameters`: the first of them."""
        return next((cell for cell in self.code_cells if "parameters" in cell.tags), None)

    @functools.cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The workflow's parameters, in the order of the parameters cell."""
        cell = self.parameters_cell
        if cell is None:
            return ()
        before = [c.source for c in self.code_cells if c.index < cell.index]
        return find_parameters(cell.source, before)

    @functools.cached_property
    def raw(self) -> dict[str, Any]:
        """The notebook as nbformat 4.5 has it, code cells without outputs and execution counts.

        It is made when first asked for; treat it as read-only, or copy it.
        """
        return {
            "cells": [_raw(cell) for cell in self.cells],
            "metadata": self.metadata,
            "nbformat": 4,
            "nbformat_minor": 5,
        }


def _raw(cell: Cell) -> dict[str, Any]:
    raw: dict[str, Any] = {
        "cell_type": cell.kind,
        "id": cell.id,
        "metadata": cell.metadata,
        "source": cell.source,
    }
    if cell.kind == "code":
        raw["execution_count"] = None
        raw["outputs"] = []
    elif cell.attachments is not None:
        raw["attachments"] = cell.attachments
    return raw
