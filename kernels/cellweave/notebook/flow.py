"""The values of option lines: the part of YAML that fits behind `#| key:`, read strictly.

    #| memory: 4Gi                     a plain scalar
    #| task: "Clean: step #1"          a quoted one, where `: `, ` #` or brackets are part of it
    #| after: [load, "clean up"]       a list
    #| env: {MODE: fast, DEBUG: 1}     a map
    #| after:                          a list or map in block form
    #|   - load

No types are guessed here: a scalar is its text, and what it means depends on the key
(`task: 007` names a task `007`). A YAML library would be slower to import than to do without, and
would turn `no` into False before the key could object.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec


class Scalar(msgspec.Struct, frozen=True):
    """Text, and whether it stood in quotes."""

    text: str
    quoted: bool = False


Value = Scalar | list["Value"] | dict[str, "Value"]


class FlowError(ValueError):
    """The text is not such a value; the message says what was expected."""


SPACE = re.compile(r"[ \t]*")
COMMENT = re.compile(r"(?:^|[ \t])#")
SINGLE = re.compile(r"'((?:[^']|'')*)'")
DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
PLAIN = re.compile(r"[^,\[\]{}\n]+")
KEY = re.compile(r"[^,:\[\]{}\n]+")
ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "\\": "\\", '"': '"', "/": "/", " ": " "}
DEPTH = 20
"""Deeper nesting is a mistake, and would otherwise cost a stack overflow."""


def parse(text: str) -> Value:
    """Read one value; an empty text is an empty plain scalar. Raises `FlowError`."""
    text = text.strip()
    if text[:1] in ("[", "{", "'", '"'):
        value, end = _value(text, 0, DEPTH)
        rest = text[end:]
        if without_comment(rest):
            message = f"unexpected `{rest.strip()}` after the value"
            raise FlowError(message)
        return value
    return Scalar(without_comment(text))


def parse_block(head: str, lines: Sequence[str]) -> Value:
    """Read a value that goes on over more lines: `head` stood behind the key."""
    style = head.strip()
    if style[:1] in ("|", ">") and len(style) <= len("|+"):
        joint = "\n" if style[0] == "|" else " "
        return Scalar(joint.join(line.strip() for line in lines), quoted=True)
    if without_comment(style):
        return parse(" ".join([head, *(line.strip() for line in lines)]))
    items = [line.strip() for line in lines if without_comment(line.strip())]
    if all(item == "-" or item.startswith("- ") for item in items):
        return [parse(item[1:]) for item in items]
    pairs: dict[str, Value] = {}
    for item in items:
        key, colon, value = item.partition(":")
        if not colon or key.startswith("-"):
            message = f"`{item}` is neither `- item` nor `name: value`"
            raise FlowError(message)
        pairs[_unquoted(key.strip())] = parse(value)
    return pairs


def without_comment(text: str) -> str:
    """Cut ` # …` off a plain scalar."""
    comment = COMMENT.search(text)
    return (text[: comment.start()] if comment else text).strip()


def _unquoted(text: str) -> str:
    value = parse(text)
    return value.text if isinstance(value, Scalar) else text


def _value(text: str, at: int, depth: int) -> tuple[Value, int]:
    at = _skip(text, at)
    opening = text[at : at + 1]
    if opening in ("'", '"'):
        return _quoted(text, at)
    if opening in ("[", "{"):
        if not depth:
            message = "brackets are nested too deeply"
            raise FlowError(message)
        return _list(text, at, depth - 1) if opening == "[" else _map(text, at, depth - 1)
    plain = PLAIN.match(text, at)
    if plain is None or not plain.group().strip():
        message = f"a value is missing in `{text}`"
        raise FlowError(message)
    return Scalar(plain.group().strip()), plain.end()


def _quoted(text: str, at: int) -> tuple[Scalar, int]:
    if match := SINGLE.match(text, at):
        return Scalar(match.group(1).replace("''", "'"), quoted=True), match.end()
    if match := DOUBLE.match(text, at):
        return Scalar(ESCAPE.sub(_escape, match.group(1)), quoted=True), match.end()
    message = f"the quote in `{text[at:]}` is not closed"
    raise FlowError(message)


def _escape(match: re.Match[str]) -> str:
    code = match.group(1)
    if len(code) > 1:
        try:
            return chr(int(code[1:], 16))
        except (ValueError, OverflowError):
            code = "\\" + code
    if code not in ESCAPES:
        message = f"`\\{code}` is no escape; write `\\\\` for a backslash, or use single quotes"
        raise FlowError(message)
    return ESCAPES[code]


def _list(text: str, at: int, depth: int) -> tuple[list[Value], int]:
    items: list[Value] = []
    at = _skip(text, at + 1)
    while text[at : at + 1] != "]":
        item, at = _value(text, at, depth)
        items.append(item)
        at = _next(text, at, "]")
    return items, at + 1


def _map(text: str, at: int, depth: int) -> tuple[dict[str, Value], int]:
    pairs: dict[str, Value] = {}
    at = _skip(text, at + 1)
    while text[at : at + 1] != "}":
        key, at = _key(text, at)
        at = _skip(text, at)
        if text[at : at + 1] != ":":
            message = f"`{key}` needs a `: value`"
            raise FlowError(message)
        if key in pairs:
            message = f"`{key}` is given twice"
            raise FlowError(message)
        pairs[key], at = _value(text, at + 1, depth)
        at = _next(text, at, "}")
    return pairs, at + 1


def _key(text: str, at: int) -> tuple[str, int]:
    if text[at : at + 1] in ("'", '"'):
        scalar, at = _quoted(text, at)
        return scalar.text, at
    key = KEY.match(text, at)
    if key is None or not key.group().strip():
        message = f"a name is missing in `{text}`"
        raise FlowError(message)
    return key.group().strip(), key.end()


def _next(text: str, at: int, closing: str) -> int:
    at = _skip(text, at)
    if text[at : at + 1] == ",":
        return _skip(text, at + 1)
    if text[at : at + 1] != closing:
        message = f"`{closing}` is missing in `{text}`"
        raise FlowError(message)
    return at


def _skip(text: str, at: int) -> int:
    match = SPACE.match(text, at)
    return match.end() if match else at
