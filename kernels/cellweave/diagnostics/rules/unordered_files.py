"""The analysis cannot know which file a cell reads or writes, so it cannot order it."""

from __future__ import annotations

from cellweave.diagnostics.core import Rule

RULE = Rule("unordered-files", "warning", summary=__doc__)
