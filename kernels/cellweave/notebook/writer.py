"""Writing notebooks without touching what was not asked to change.

`edit_source` replaces the source of one cell inside the bytes of the file, in the file's own style
(one string or a list of lines, indentation, line ends, escapes): a diff shows that cell's lines
and nothing else. `write` is for notebooks that cellweave makes itself.
"""

from __future__ import annotations

import json
import os
from typing import Any

import msgspec

from cellweave._base.files import write_atomic
from cellweave.diagnostics.errors import NotebookError, UsageError
from cellweave.diagnostics.rules import not_a_notebook, unknown_cell
from cellweave.notebook import reader, spans
from cellweave.notebook.spans import Span


def edit_source(data: bytes, cell: str, source: str, *, path: str = "") -> bytes:
    """Give `data` with the source of one cell replaced; the same bytes where it is the same source.

    `cell` is an id as the reader gives it, derived ones included. Raises `NotebookError` where the
    notebook cannot be read or is older than nbformat 4, `UsageError` where it has no such cell.
    """
    notebook = reader.parse(data, path)
    index = next((c.index for c in notebook.cells if c.id == cell), None)
    if index is None:
        raise UsageError(unknown_cell.RULE.at(f"there is no cell `{cell}`", name=cell), path)
    place = _source_span(data, index, path)
    old = place.of(data)
    decoded = json.loads(old)
    if _joined(decoded) == source:
        return data
    ascii_only = data.isascii() and _has_escapes(data)
    if isinstance(decoded, str):
        new = _encode(source, ascii_only=ascii_only)
    else:
        new = _lines(data, place, source, ascii_only=ascii_only)
    return data[: place.start] + new + data[place.end :]


def to_bytes(raw: dict[str, Any]) -> bytes:
    """Give a notebook as Jupyter writes it: keys sorted, one space of indent, sources as lines."""
    cells = [{**cell, "source": _split(_joined(cell.get("source", "")))} for cell in raw["cells"]]
    content = {**raw, "cells": cells}
    try:
        compact = msgspec.json.encode(content, order="sorted")
    except (UnicodeEncodeError, OverflowError):
        text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=True)
        return text.encode() + b"\n"
    return msgspec.json.format(compact, indent=1) + b"\n"


def write(raw: dict[str, Any], path: str | os.PathLike[str]) -> None:
    """Write a notebook by rename, so that no reader ever sees half of it."""
    write_atomic(path, to_bytes(raw))


def _source_span(data: bytes, index: int, path: str) -> Span:
    start = len(reader.BOM) if data.startswith(reader.BOM) else 0
    try:
        cells = _member(data, spans.value(data, start), "cells")
        for number, cell in enumerate(spans.items(data, cells)):
            if number == index:
                return _member(data, cell, "source")
    except (KeyError, ValueError) as error:
        message = "cells older than nbformat 4 cannot be edited in place"
        advice = "save the notebook in Jupyter first, which upgrades it"
        raise NotebookError(not_a_notebook.RULE.at(message, help=advice), path) from error
    message = f"cell {index} is not in the file"
    raise NotebookError(not_a_notebook.RULE.at(message), path)


def _member(data: bytes, span: Span, name: str) -> Span:
    """Give the value of a key; the last one where it is there twice, as JSON parsers do."""
    found = None
    for key, item in spans.members(data, span):
        if json.loads(key.of(data)) == name:
            found = item
    if found is None:
        raise KeyError(name)
    return found


def _lines(data: bytes, place: Span, source: str, *, ascii_only: bool) -> bytes:
    """Write `source` as a list of lines; lines that stay keep their very bytes."""
    tokens = list(spans.items(data, place))
    kept = {json.loads(token.of(data)): token.of(data) for token in tokens}
    texts = _split(source)
    if source and any("\n" in text[:-1] for text in kept):  # sphinx-gallery: all in one item
        texts = [source]
    lines = [kept.get(text) or _encode(text, ascii_only=ascii_only) for text in texts]
    if not lines:
        return b"[]"
    if tokens:
        before = data[place.start + 1 : tokens[0].start]
        after = data[tokens[-1].end : place.end - 1]
    else:
        before, after = _list_margins(data, place)
    between = b"," + before
    if len(tokens) > 1:
        between = data[tokens[0].end : tokens[1].start]
    elif b"\n" not in before:
        between = b", " if b'": ' in data else b","
    return b"[" + before + between.join(lines) + after + b"]"


def _list_margins(data: bytes, place: Span) -> tuple[bytes, bytes]:
    """Guess how the file would set out a list that is empty now, from its key's own indentation."""
    start = data.rfind(b"\n", 0, place.start) + 1
    indent = _leading(data[start : place.start])
    if not start or not data[start + len(indent) : place.start].startswith(b'"source"'):
        return b"", b""
    newline = b"\r\n" if data[start - 2 : start] == b"\r\n" else b"\n"
    unit = _unit(data)
    return newline + indent + unit, newline + indent


def _unit(data: bytes) -> bytes:
    """Give one step of indentation: that of the first indented line."""
    first = data.find(b"\n") + 1
    return _leading(data[first : first + 64]) or b" "


def _leading(line: bytes) -> bytes:
    return line[: len(line) - len(line.lstrip(b" \t"))]


def _encode(text: str, *, ascii_only: bool) -> bytes:
    try:
        return json.dumps(text, ensure_ascii=ascii_only).encode()
    except UnicodeEncodeError:  # half a character, which only an escape can hold
        return json.dumps(text).encode()


def _has_escapes(data: bytes) -> bool:
    r"""Say whether the file writes other than ASCII as `\uXXXX` (control characters aside)."""
    at = data.find(b"\\u")
    while at >= 0:
        if data[at + 2 : at + 4] != b"00" or data[at + 4 : at + 5] in b"89aAbBcCdDeEfF":
            return True
        at = data.find(b"\\u", at + 2)
    return False


def _split(source: str) -> list[str]:
    return source.splitlines(keepends=True)


def _joined(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)
