"""The headings of a notebook, and the section that each code cell stands in.

A heading is a Markdown line that starts with one to six `#` outside a code fence, or `<h1>` …
`<h6>` on one line. Nothing else of Markdown is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

HEADING = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
HTML_HEADING = re.compile(r"<h([1-6])\b[^>]*>(.*?)</h\1\s*>", re.IGNORECASE)
FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
TAG = re.compile(r"<[^<>]*>")
MARKS = re.compile(r"[*`~]+|(?<!\w)_+|_+(?!\w)")
NO_LEVEL = 7
"""Weaker than any heading: the part of a notebook before its first one."""


class Section(msgspec.Struct, frozen=True):
    """Number (0 before the first heading), title, and the strongest level it begins with."""

    number: int
    title: str
    level: int


TOP = Section(0, "", NO_LEVEL)


def sections(cells: Iterable[tuple[str, str, str]]) -> dict[str, Section]:
    """Give the section of each code cell, for cells as (id, kind, source) in notebook order.

    Headings with no code between them make one section, named after the last of them.
    """
    found: dict[str, Section] = {}
    current = TOP
    fresh = False
    for cell, kind, source in cells:
        if kind == "code":
            found[cell] = current
            fresh = False
        elif kind == "markdown":
            for level, title in headings(source):
                strongest = min(level, current.level) if fresh else level
                number = current.number if fresh else current.number + 1
                current = Section(number, title or current.title, strongest)
                fresh = True
    return found


def headings(source: str) -> Iterable[tuple[int, str]]:
    """Give (level, plain text) of each heading in a Markdown cell."""
    fence = ""
    for line in source.splitlines():
        if match := FENCE.match(line):
            mark = match.group(1)
            if not fence:
                fence = mark
            elif mark.startswith(fence):
                fence = ""
            continue
        if fence:
            continue
        if match := HEADING.match(line):
            yield len(match.group(1)), plain(match.group(2) or "")
        elif match := HTML_HEADING.search(line):
            yield int(match.group(1)), plain(match.group(2))


def plain(text: str) -> str:
    """Strip links, tags and emphasis off a heading."""
    return MARKS.sub("", TAG.sub("", LINK.sub(r"\1", text))).strip()
