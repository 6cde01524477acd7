"""An option or setting has a key that cellweave does not know."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from cellweave.diagnostics.core import Diagnostic, Rule

RULE = Rule("unknown-option", "warning", summary=__doc__)
CLOSE_ENOUGH = 0.6
"""Similarity, as `difflib` measures it, from which on another key is worth proposing."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Give the known key that looks most like `word`, or the empty string."""
    folded = word.lower().replace("_", "-").replace(".", "-")
    found = difflib.get_close_matches(folded, sorted(known), 1, CLOSE_ENOUGH)
    return found[0] if found else ""


def unknown(
    word: str, known: Iterable[str], *, what: str = "option", cell: str = "", line: int = 0
) -> Diagnostic:
    """Say that `word` is not among `known`, and which key may have been meant."""
    near = nearest(word, known)
    return RULE.at(
        f"there is no {what} `{word}`",
        cell=cell,
        line=line,
        name=word,
        help=f"did you mean `{near}`?" if near else "",
    )
