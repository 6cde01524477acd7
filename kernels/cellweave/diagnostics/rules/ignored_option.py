"""An option is known, but has no effect where it stands."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("ignored-option", "warning", summary=__doc__)
