"""A file that the notebook reads does not exist."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("missing-external-input", "warning", summary=__doc__)
