"""The notebook has no code to run."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("no-code", "info", summary=__doc__)
