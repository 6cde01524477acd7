"""A short look at a value, written beside it, so that nobody has to unpickle to show it."""

from __future__ import annotations

import re
import reprlib
from typing import Any

from . import libraries

_HEAD_CHARACTERS = 600
_HEAD_ROWS = 5


class _Glance(reprlib.Repr):
    """Shortened text of plain values; never calls the `repr` of a class of the user's."""

    def repr_instance(self, x: Any, level: int) -> str:
        del level
        if libraries.root_of(type(x)) in {"builtins", "datetime", "decimal", "fractions", "numpy"}:
            return reprlib.repr(x)[:80]
        return f"<{type(x).__qualname__}>"


def type_name(value: object) -> str:
    """The full name of a value's type, without `builtins` or `__main__` before it."""
    kind = type(value)
    if kind.__module__ in {"builtins", "__main__"}:
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def preview(value: Any) -> dict[str, Any]:
    """Type, and where there are such things shape, dtype, columns, length and the first items."""
    found: dict[str, Any] = {"type": type_name(value)}
    try:
        if libraries.is_array(value):
            found.update(shape=list(value.shape), dtype=str(value.dtype))
            found["head"] = _glance(value.reshape(-1)[:_HEAD_ROWS].tolist())
        elif libraries.root_of(type(value)) == "pandas" and hasattr(value, "head"):
            found["shape"] = list(value.shape)
            if hasattr(value, "columns"):
                found["columns"] = [str(name) for name in list(value.columns)[:50]]
                found["dtypes"] = [str(dtype) for dtype in list(value.dtypes)[:50]]
            else:
                found["dtype"] = str(value.dtype)
            narrow = value.iloc[:_HEAD_ROWS, :20] if hasattr(value, "columns") else value.head()
            found["head"] = narrow.to_string()[:_HEAD_CHARACTERS]
        else:
            if isinstance(value, (str, bytes, list, tuple, dict, set, frozenset)):
                found["length"] = len(value)
            elif hasattr(value, "shape") and hasattr(value, "dtype"):
                found.update(shape=[int(n) for n in value.shape], dtype=str(value.dtype))
            found["head"] = _glance(value)
    except Exception:  # a preview is never worth a failed task
        found.setdefault("head", "")
    return found


def _glance(value: object) -> str:
    glance = _Glance()
    glance.maxstring = glance.maxother = 200
    glance.maxlist = glance.maxtuple = glance.maxdict = glance.maxset = 8
    text = re.sub(r" at 0x[0-9a-fA-F]+", "", glance.repr(value))
    return text[:_HEAD_CHARACTERS]
