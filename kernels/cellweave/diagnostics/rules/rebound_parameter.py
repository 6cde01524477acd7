"""The notebook gives a parameter another value; from there on it is no longer the parameter."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("rebound-parameter", "info", summary=__doc__)
