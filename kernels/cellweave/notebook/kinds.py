"""What the value of an option may be: text, a switch, a number, names, pairs, a quantity, time."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, get_args, get_origin

from msgspec import Meta

from cellweave.notebook.flow import Scalar, Value

Quantity = Annotated[
    str,
    Meta(
        extra={"kind": "quantity"},
        extra_json_schema={
            "pattern": r"^(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$",
            "minimum": 0,
        },
    ),
]
"""A quantity as Kubernetes writes it."""

Seconds = Annotated[
    float,
    Meta(
        extra={"kind": "seconds"},
        extra_json_schema={
            "pattern": r"^(?=[\d])([\d.]+d)?([\d.]+h)?([\d.]+m)?([\d.]+s?)?$",
            "minimum": 0,
        },
    ),
]
"""A length of time in seconds; written as a number, or as `1h30m`."""

QUANTITY = re.compile(r"(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?")
TIME = re.compile(
    r"(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?"
)
UNIT_S = (86400.0, 3600.0, 60.0, 1.0)
SWITCH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
NOTHING = ("", "null", "~")


class KindError(ValueError):
    """The value does not fit; the message goes on after "option `x` …"."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help


def convert(kind: Any, value: Value) -> Any:
    """Make of `value` what a field of type `kind` holds, or raise `KindError`."""
    base, extra = _parts(kind)
    if base is tuple:
        return _names(value)
    if base is dict:
        return _pairs(value)
    if not isinstance(value, Scalar):
        shape = "a list" if isinstance(value, list) else "a map"
        message = f"must be {_article(base, extra)}, not {shape}"
        raise KindError(message, "put the value in quotes if it is meant as text")
    if not value.quoted and value.text in NOTHING and (base is not str or not value.text or extra):
        message = f"has no value; {_article(base, extra)} is expected"
        raise KindError(message)
    return _scalar(base, extra, value)


def _parts(kind: Any) -> tuple[Any, str]:
    """Give the plain type (`str`, `tuple`, a Literal, …) and the kind named by its `Meta`."""
    extra = ""
    while get_origin(kind) is Annotated:
        for meta in kind.__metadata__:
            extra = (meta.extra or {}).get("kind", extra)
        kind = kind.__origin__
    choices = [k for k in get_args(kind) if k is not type(None)]
    if get_origin(kind) is Literal:
        return kind, "choice"
    if get_origin(kind) in (tuple, dict):
        return get_origin(kind), extra
    return (choices[0] if choices else kind), extra


def _article(base: Any, extra: str) -> str:
    if extra == "choice":
        return "one of " + ", ".join(f"`{c}`" for c in get_args(base))
    if extra == "quantity":
        return "a quantity such as `2`, `500m` or `8Gi`"
    if extra == "seconds":
        return "a time such as `90`, `30m` or `1h30m`"
    return {bool: "`true` or `false`", int: "a whole number from 0 on"}.get(base, "text")


def _scalar(base: Any, extra: str, value: Scalar) -> Any:
    text = value.text
    if extra == "quantity":
        if QUANTITY.fullmatch(text):
            return text
    elif extra == "seconds":
        seconds = _seconds(text)
        if seconds is not None:
            return seconds
    elif extra == "choice":
        if text in get_args(base):
            return text
    elif base is bool:
        if not value.quoted and text.lower() in SWITCH:
            return SWITCH[text.lower()]
    elif base is int:
        if re.fullmatch(r"\d{1,9}", text, re.ASCII):
            return int(text)
    else:
        return text
    message = f"must be {_article(base, extra)}, not `{text}`"
    raise KindError(message, _advice(extra, text))


def _advice(extra: str, text: str) -> str:
    if extra == "quantity" and re.fullmatch(r"[\d.]+ ?[kKMGT]i?[bB]", text):
        number = text.rstrip("bB").replace(" ", "").replace("K", "k")
        return f"write `{number}`" if number.endswith("i") else f"write `{number}i` or `{number}`"
    return ""


def _seconds(text: str) -> float | None:
    match = TIME.fullmatch(text.replace(" ", ""))
    if match is None or not any(match.groups()):
        return None
    return sum(float(n) * unit for n, unit in zip(match.groups(), UNIT_S, strict=True) if n)


def _names(value: Value) -> tuple[str, ...]:
    """Take a list, or a plain `a, b`; a quoted text is one name, comma or not."""
    if isinstance(value, dict):
        message = "must be a list such as `[a, b]`, not a map"
        raise KindError(message)
    if isinstance(value, Scalar):
        texts = [value.text] if value.quoted else value.text.split(",")
        items: list[Value] = [Scalar(text.strip()) for text in texts]
    else:
        items = value
    names = []
    for item in items:
        if not isinstance(item, Scalar) or not item.text.strip():
            message = "must be a list of names such as `[a, b]`"
            raise KindError(message)
        names.append(item.text)
    return tuple(names)


def _pairs(value: Value) -> dict[str, str]:
    if not isinstance(value, dict):
        message = "must be a map such as `{NAME: value}`"
        raise KindError(message)
    pairs = {}
    for key, item in value.items():
        if not isinstance(item, Scalar):
            message = f"must give `{key}` one value, not a list or map"
            raise KindError(message)
        pairs[key] = item.text
    return pairs
