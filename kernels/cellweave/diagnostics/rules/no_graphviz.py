"""A picture was asked for, and the program that draws it is not installed."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("no-graphviz", "error", summary=__doc__, status=2)
