"""Where in the bytes of a JSON file a value stands; needed to change one value and nothing else.

A scanner, not a parser: it trusts that the text is valid JSON (the reader has read it) and only
finds ends. Strings are matched without backtracking, so that a large output costs one pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
SPACE = re.compile(rb"[ \t\r\n]*+")
ATOM = re.compile(rb"[^\s,\]}]++")
BRACKET = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]', re.DOTALL)
OPENING = (b"[", b"{")


class Span(NamedTuple):
    """Half-open range of bytes."""

    start: int
    end: int

    def of(self, data: bytes) -> bytes:
        """Give the bytes of the range."""
        return data[self.start : self.end]


def value(data: bytes, at: int) -> Span:
    """Give the span of the value that begins at or after `at`. Raises `ValueError`."""
    start = _skip(data, at)
    first = data[start : start + 1]
    if first == b'"':
        match = STRING.match(data, start)
    elif first in OPENING:
        return Span(start, _closing(data, start))
    else:
        match = ATOM.match(data, start)
    if match is None:
        message = f"no JSON value at byte {start}"
        raise ValueError(message)
    return Span(start, match.end())


def members(data: bytes, span: Span) -> Iterator[tuple[Span, Span]]:
    """Give the spans of key and value of each member of the object at `span`."""
    at = _skip(data, span.start + 1)
    while data[at : at + 1] == b'"':
        key = value(data, at)
        item = value(data, _skip(data, key.end) + 1)
        yield key, item
        at = _after_comma(data, item.end)


def items(data: bytes, span: Span) -> Iterator[Span]:
    """Give the span of each item of the list at `span`."""
    at = _skip(data, span.start + 1)
    while at < span.end - 1:
        item = value(data, at)
        yield item
        at = _after_comma(data, item.end)


def _closing(data: bytes, start: int) -> int:
    depth = 0
    for match in BRACKET.finditer(data, start):
        token = match.group()
        if token in OPENING:
            depth += 1
        elif len(token) == 1:
            depth -= 1
            if not depth:
                return match.end()
    message = f"the bracket at byte {start} is not closed"
    raise ValueError(message)


def _after_comma(data: bytes, at: int) -> int:
    at = _skip(data, at)
    return _skip(data, at + 1) if data[at : at + 1] == b"," else at


def _skip(data: bytes, at: int) -> int:
    match = SPACE.match(data, at)
    return match.end() if match else at
