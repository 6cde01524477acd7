"""Cells are kept in one task because something they share cannot travel."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("shared-handle", "info", summary=__doc__)
