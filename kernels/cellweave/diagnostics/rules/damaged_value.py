"""A stored value is not what its producer wrote."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("damaged-value", "error", summary=__doc__)
