"""Something went wrong inside cellweave."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("internal-error", "error", summary=__doc__)
