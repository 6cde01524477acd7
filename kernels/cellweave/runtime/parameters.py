"""Parameters as papermill hands them over, back to the types that the notebook gave them.

papermill writes dates as strings and tuples as lists. `coerce` takes the type that the default had
(or its annotation) and gives the value that the notebook's author meant, or says why it cannot.
"""

from __future__ import annotations

import base64
import datetime
import re
from typing import Any, Callable

from .errors import RuntimeFailure


def coerce(name: str, value: Any, wanted: str) -> Any:
    """`value` as one of the types in `wanted` (names joined by `|`).

    Raises RuntimeFailure `parameter-type`. An unknown type name lets the value through.
    """
    kinds = [kind.strip().lower() for kind in wanted.split("|")]
    if value is None and {"none", "nonetype", "optional"} & set(kinds):
        return None
    for kind in kinds:
        if kind in _EXACT and type(value) is _EXACT[kind]:
            return value
    problem = ""
    for kind in kinds:
        convert = _CONVERT.get(kind)
        if convert is None:
            if kind in {"none", "nonetype"}:
                continue
            return value
        try:
            return convert(value)
        except (TypeError, ValueError, OverflowError) as error:
            problem = problem or str(error)
    raise RuntimeFailure(
        "parameter-type",
        f"parameter `{name}` should be {' or '.join(kinds)}, not {value!r}: {problem}",
        name=name,
        help="give a value of that type",
    )


def _wrong(value: Any) -> TypeError:
    return TypeError(f"a {type(value).__name__} is something else")


def _refuse(value: Any) -> Any:
    raise _wrong(value)


def _int(value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return int(value) if isinstance(value, (str, bool)) else _refuse(value)


def _float(value: Any) -> float:
    if type(value) is int:
        return value  # `rate: float = 1` is the int 1 in a plain run too
    return float(value) if isinstance(value, (str, int)) else _refuse(value)


def _complex(value: Any) -> complex:
    if isinstance(value, (list, tuple)) and len(value) == 2:
        return complex(*value)
    return complex(value) if isinstance(value, (str, int, float)) else _refuse(value)


def _bool(value: Any) -> bool:
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    text = str(value).strip().lower()
    return words[text] if text in words else _refuse(value)


def _bytes(value: Any) -> bytes:
    if isinstance(value, str):
        literal = re.fullmatch(r"""b(['"]).*\1""", value, re.DOTALL)
        if literal:
            import ast

            return bytes(ast.literal_eval(value))
        return base64.b64decode(value, validate=True)
    return bytes(value) if isinstance(value, (list, tuple, bytearray)) else _refuse(value)


def _datetime(value: Any) -> datetime.datetime:
    if isinstance(value, datetime.date):
        return datetime.datetime.combine(value, datetime.time())
    if not isinstance(value, str):
        raise _wrong(value)
    return datetime.datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", value.strip()))


def _date(value: Any) -> datetime.date:
    moment = _datetime(value) if not isinstance(value, datetime.datetime) else value
    if moment.time() != datetime.time():
        raise ValueError("it has a time of day")
    return moment.date()


def _time(value: Any) -> datetime.time:
    return datetime.time.fromisoformat(value) if isinstance(value, str) else _refuse(value)


def _timedelta(value: Any) -> datetime.timedelta:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return datetime.timedelta(seconds=value)
    match = re.fullmatch(r"(?:(-?\d+) days?, )?(\d+):(\d\d):(\d\d(?:\.\d+)?)", str(value))
    if not match:
        raise _wrong(value)
    days, hours, minutes, seconds = match.groups()
    return datetime.timedelta(
        days=int(days or 0), hours=int(hours), minutes=int(minutes), seconds=float(seconds)
    )


def _collection(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        return make(value) if isinstance(value, (list, tuple, set, frozenset)) else _refuse(value)

    return convert


def _text(value: Any) -> str:
    if isinstance(value, (int, float, datetime.date, datetime.time)):
        return str(value)
    raise _wrong(value)


_EXACT: dict[str, type] = {
    "int": int,
    "float": float,
    "complex": complex,
    "bool": bool,
    "str": str,
    "bytes": bytes,
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "dict": dict,
    "date": datetime.date,
    "datetime": datetime.datetime,
    "time": datetime.time,
    "timedelta": datetime.timedelta,
}
_CONVERT: dict[str, Callable[[Any], Any]] = {
    "int": _int,
    "float": _float,
    "complex": _complex,
    "bool": _bool,
    "str": _text,
    "bytes": _bytes,
    "list": _collection(list),
    "tuple": _collection(tuple),
    "set": _collection(set),
    "frozenset": _collection(frozenset),
    "dict": _refuse,
    "date": _date,
    "datetime": _datetime,
    "time": _time,
    "timedelta": _timedelta,
}
