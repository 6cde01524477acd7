"""The notebook has an older format and was upgraded in memory."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("notebook-version", "info", summary=__doc__)
