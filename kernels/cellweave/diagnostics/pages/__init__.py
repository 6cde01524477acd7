"""The page of each code, as `docs/errors/<code>.md` has it; the site and this show one text.

A wheel carries the pages in this folder (`force-include` in pyproject.toml). An editable install
has none here, and reads those of the repository that it was made from.
"""

from __future__ import annotations

import re
from pathlib import Path

from cellweave.diagnostics.catalogue import rule

PACKAGED = Path(__file__).parent
REPOSITORY = Path(__file__).parents[4] / "docs" / "errors"

_LINK = re.compile(r"\[([^\]\n]+)\]\([^)\s]+\.md(?:#[^)\s]*)?\)")


def read(code: str) -> str:
    """Give the page of a code as Markdown; `KeyError` where there is no such code.

    Links to other pages of the site become their text: away from the site they lead nowhere.
    """
    name = f"{rule(code).code}.md"
    packaged = PACKAGED / name
    page = packaged if packaged.is_file() else REPOSITORY / name
    return _LINK.sub(r"\1", page.read_text(encoding="utf-8"))
