"""Any text as a name that Kubernetes takes for a label."""
# ruff: noqa: RUF001 - letters of other scripts are the subject

from __future__ import annotations

import re
import unicodedata

from cellweave._base.digests import digest
from cellweave.workflow.validate import LABEL_LENGTH

HASH_LENGTH = 6
LETTERS = str.maketrans(
    {
        "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th",
        "ı": "i", "ħ": "h", "ŧ": "t", "ŋ": "ng", "ĸ": "k", "·": "-", "×": "x", "µ": "u",
        "α": "a", "β": "b", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th",
        "ι": "i", "κ": "k", "λ": "l", "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p",
        "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f", "χ": "ch", "ψ": "ps",
        "ω": "o", "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e",
        "ж": "zh", "з": "z", "и": "i", "й": "y", "к": "k", "л": "l", "м": "m", "н": "n",
        "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh",
        "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e",
        "ю": "yu", "я": "ya", "і": "i", "ї": "yi", "є": "ye", "ґ": "g",
    }
)  # fmt: skip
"""What Unicode does not decompose into a Latin letter and a mark; other scripts become a hash."""


def slug(text: str) -> str:
    """Write `text` with a-z, 0-9 and single dashes; empty where nothing of it can be written."""
    lowered = unicodedata.normalize("NFC", text).casefold().translate(LETTERS)
    latin = unicodedata.normalize("NFKD", lowered).translate(LETTERS)
    plain = latin.encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def label(text: str) -> str:
    """Make a Kubernetes label of `text`; what does not fit becomes a hash of the whole text."""
    short = slug(text)
    if not short:
        return f"task-{digest(text)[:HASH_LENGTH]}"
    if len(short) <= LABEL_LENGTH:
        return short
    head = short[: LABEL_LENGTH - HASH_LENGTH - 1].rstrip("-")
    return f"{head}-{digest(text)[:HASH_LENGTH]}"
