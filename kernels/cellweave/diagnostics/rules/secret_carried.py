"""A value made from a secret would travel between tasks."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("secret-carried", "warning", summary=__doc__)
