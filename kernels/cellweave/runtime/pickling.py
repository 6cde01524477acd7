"""Pickle protocol 5 with buffers out of band: the reference codec for all values.

`dumps` gives a `Payload`: a pickle stream, the buffers it refers to, and what was met on the way.
`loads` is its inverse, into the namespace of `rebuild.place`. `locate` finds which part of a value
cannot be pickled. How single objects are taken apart is `reducing.py`'s business.
"""

from __future__ import annotations

import contextlib
import datetime
import enum
import importlib
import io
import pickle
import types
from collections.abc import Iterator
from typing import Any

from . import digest, libraries, rebuild
from .arrays import Arrays, SharedMemoryError, plan
from .depth import deeply
from .reducing import Reducers, in_progress

PROTOCOL = 5
_IN_BAND_BYTES = 512
_PACKAGES = ("cellweave.runtime", "cellweave_runtime")
_ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes, type(Ellipsis)})
_PASSIVE = {
    "datetime": {"date", "datetime", "time", "timedelta", "timezone"},
    "decimal": {"Decimal"},
    "fractions": {"Fraction"},
    "uuid": {"UUID"},
    "re": {"Pattern"},
    "zoneinfo": {"ZoneInfo"},
    "numpy": {"dtype", "ufunc"},
    "functools": {"cached_property"},
    "logging": {"Logger", "RootLogger"},
}
_SAFE_ROOTS = frozenset(
    {"builtins", "collections", "copyreg", "datetime", "decimal", "enum", "fractions", "functools"}
    | {"itertools", "operator", "pathlib", "random", "re", "types", "typing", "uuid", "zoneinfo"}
    | {"abc", "array", "ipaddress", "string", "cellweave", "cellweave_runtime"}
    | {"numpy", "pandas", "scipy", "sklearn", "matplotlib", "torch", "statsmodels", "networkx"}
    | {"polars", "pyarrow", "xgboost", "lightgbm", "PIL", "plotly", "seaborn", "joblib"}
)
"""Packages whose values are known to come back; what else is met is read back while writing."""


class Payload:
    """A pickled value, and what was met in it when that was asked for.

    `shared` maps ids to objects through which a change under one name would show under another;
    `joined` adds functions, which are nobody's to change but should stay one object.
    """

    def __init__(
        self, stream: bytes, buffers: list[pickle.PickleBuffer], reducers: Reducers
    ) -> None:
        self.stream = stream
        self.buffers = buffers
        self.reducers = reducers
        self.shared: dict[int, object] = {}
        self.joined: set[int] = set()
        self.kept: list[Any] = []
        self.in_classes: set[int] = set()
        """Ids of what is reached through classes by value: it comes back with the class's token."""
        self.pickler: Any = None
        """Keeps the objects made while pickling alive, so that ids in `shared` stay theirs."""


class Surroundings:
    """What pickling needs to know of the task: its globals, and what setup defined in them."""

    def __init__(
        self,
        namespace: dict[str, Any] | None = None,
        by_reference: dict[int, str] | None = None,
    ) -> None:
        self.namespace = rebuild.place.namespace if namespace is None else namespace
        self.by_reference = by_reference or {}

    def reducers(self, arrays: Arrays) -> Reducers:
        """Fresh reducers for one pickler."""
        return Reducers(self.namespace, self.by_reference, arrays)


class _Pickler(pickle.Pickler):
    def __init__(self, file: Any, reducers: Reducers, buffers: Any) -> None:
        super().__init__(file, protocol=PROTOCOL, buffer_callback=buffers)
        self.reducers = reducers

    def reducer_override(self, value: Any) -> Any:
        return self.reducers.reduce(value)


class _Recorder(_Pickler):
    """Remembers every object that it meets; pickle itself keeps them alive."""

    def __init__(self, file: Any, reducers: Reducers, buffers: Any) -> None:
        super().__init__(file, reducers, buffers)
        self.met: dict[int, object] = {}

    def persistent_id(self, value: Any) -> Any:
        if type(value) not in _ATOMS:
            self.met[id(value)] = value
        return None


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        for package in _PACKAGES:
            if module == package or module.startswith(package + "."):
                module = __package__ + module[len(package) :]
                return getattr(importlib.import_module(module), name)
        if module == "__main__":
            found: Any = rebuild.place.namespace.get(name.partition(".")[0])
            for part in name.split(".")[1:]:
                found = getattr(found, part, None)
            if found is not None:
                return found
        return super().find_class(module, name)


def dumps(
    value: object, surroundings: Surroundings | None = None, *, record: bool = False
) -> Payload:
    """Pickle a value; arrays in it that share memory are found and stored once.

    Raises whatever pickle or the value's own methods raise, and `arrays.SharedMemoryError`.
    """
    around = surroundings or Surroundings()
    payload = deeply(lambda: _once(value, around, Arrays(), record))
    _refuse_foreign_memory(value, payload, around)
    bases = plan(list(payload.reducers.arrays.met.values()))
    if bases:
        payload = deeply(lambda: _once(value, around, Arrays(bases), record))
    if record:
        _record(payload, around)
    return payload


def _refuse_foreign_memory(value: object, payload: Payload, around: Surroundings) -> None:
    """Raise when an array looks at the memory of a `bytearray` that travels beside it."""
    owners = payload.reducers.arrays.owners()
    if owners:
        pickler = _Recorder(_Nowhere(), around.reducers(Arrays()), lambda _buffer: False)
        pickler.dump(value)
        for owner in owners.values():
            if id(owner) in pickler.met:
                raise SharedMemoryError(type(owner).__name__)


class _Nowhere:
    def write(self, data: Any) -> int:
        return len(data)


def scan(value: object, around: Surroundings) -> Payload:
    """What a value holds, without its bytes; as far as it could be walked when it cannot travel."""
    reducers = around.reducers(Arrays())
    pickler = _Recorder(_Nowhere(), reducers, lambda _buffer: False)
    with contextlib.suppress(Exception):  # what was met before a part that cannot travel is true
        pickler.dump(value)
    payload = Payload(b"", [], reducers)
    payload.pickler = pickler
    _record(payload, around)
    return payload


def _once(value: object, around: Surroundings, arrays: Arrays, record: object) -> Payload:
    file = io.BytesIO()
    buffers: list[pickle.PickleBuffer] = []

    def keep(buffer: pickle.PickleBuffer) -> bool:
        if memoryview(buffer).nbytes < _IN_BAND_BYTES:
            return True
        buffers.append(buffer)
        return False

    reducers = around.reducers(arrays)
    pickler = (_Recorder if record else _Pickler)(file, reducers, keep)
    pickler.dump(value)
    payload = Payload(file.getvalue(), buffers, reducers)
    payload.pickler = pickler
    return payload


def loads(stream: Any, buffers: Any) -> Any:
    """Read a value into the namespace of `rebuild.place`."""
    value = _Unpickler(io.BytesIO(stream), buffers=buffers).load()
    while rebuild.applied:
        record = rebuild.applied.pop()
        made = record.value()
        if made is not None:
            record.local = digest.digest(made)
    return value


_fallbacks: dict[int, tuple[object, bytes]] = {}


def fallback(value: object, reducers: Reducers) -> bytes:
    """A setup object by value, for a reader without that setup; empty where that cannot be."""
    known = _fallbacks.get(id(value))
    if known is not None and known[0] is value:
        return known[1]
    if id(value) in in_progress:
        return b""
    in_progress.add(id(value))
    inner = {key: path for key, path in reducers.by_reference.items() if key not in in_progress}
    around = Surroundings(reducers.namespace, inner)
    file = io.BytesIO()
    own = around.reducers(Arrays())
    in_progress.discard(id(value))
    try:
        _FallbackPickler(file, own, value).dump(value)
        stream = file.getvalue()
    except Exception:  # then it travels by reference alone
        stream = b""
    _fallbacks[id(value)] = (value, stream)
    return stream


class _FallbackPickler(_Pickler):
    def __init__(self, file: Any, reducers: Reducers, root: object) -> None:
        super().__init__(file, reducers, None)
        self.root = root

    def reducer_override(self, value: Any) -> Any:
        if value is not self.root:
            in_progress.add(id(self.root))
            try:
                return self.reducers.reduce(value)
            finally:
                in_progress.discard(id(self.root))
        return self.reducers.reduce(value)


# -- what is shared -----------------------------------------------------------------------------


def _record(payload: Payload, around: Surroundings) -> None:
    """Sort out what was met into what can change and what should merely stay one object."""
    met: dict[int, object] = payload.pickler.met
    hidden = {
        id(item)
        for kind in {type(value) for value in met.values()}
        if kind.__module__ != "__main__"
        for base in kind.__mro__
        for item in vars(base).values()
    }
    hidden |= libraries.common_to_all_figures(met.values())
    hidden |= around.by_reference.keys() | payload.reducers.singletons
    for value in met.values():
        if not _can_change(value):
            hidden.add(id(value))
            inner = getattr(value, "__dict__", None)
            if isinstance(inner, dict):
                hidden.add(id(inner))
    for kind in payload.reducers.classes:
        recorder = _Recorder(_Nowhere(), around.reducers(Arrays()), lambda _buffer: False)
        recorder.dump(kind)
        payload.in_classes.update(recorder.met)
        payload.kept.append(recorder)
    payload.shared = {key: value for key, value in met.items() if key not in hidden}
    payload.shared.update(payload.reducers.arrays.owners())
    payload.shared.update(payload.reducers.arrays.storages)
    payload.joined = set(payload.shared)
    for key, value in met.items():
        local = isinstance(value, types.FunctionType) and not digest.importable(value)
        if local and key not in around.by_reference:
            payload.joined.add(key)


def _can_change(value: object) -> bool:
    kind = type(value)
    if kind in (tuple, frozenset, range, slice):
        return False
    if isinstance(value, (type, enum.Enum, datetime.tzinfo)):
        return False
    if callable(value) and type(value).__name__ in {
        "function",
        "builtin_function_or_method",
        "cython_function_or_method",
        "method",
        "method_descriptor",
        "wrapper_descriptor",
        "type",
    }:
        return False
    if kind.__name__ in {"module", "code", "staticmethod", "classmethod", "property"}:
        return False
    root = libraries.root_of(kind)
    if kind.__name__ in _PASSIVE.get(root, ()):
        return False
    if root == "numpy" and libraries.is_immutable_numpy(value):
        return False
    if root == "pandas" and libraries.is_immutable_pandas(value):
        return False
    if kind is object or getattr(getattr(kind, "__dataclass_params__", None), "frozen", False):
        return False
    return not kind.__module__.startswith(("typing", "pathlib", "cellweave"))


# -- proof and diagnosis ------------------------------------------------------------------------


def doubtful(payload: Payload) -> bool:
    """Whether the payload holds values whose way back is not known to work."""
    return any(
        issubclass(kind, BaseException)
        or not (libraries.root_of(kind) in _SAFE_ROOTS or kind.__module__.startswith("_cython_"))
        for kind in payload.reducers.kinds
    )


def own_instances(payload: Payload) -> bool:
    """Whether instances of the notebook's own classes are in the payload."""
    return any(kind.__module__ == "__main__" for kind in payload.reducers.kinds)


def locate(value: object, name: str, surroundings: Surroundings) -> tuple[str, object]:
    """The innermost part of `value` that cannot be pickled, as (path, part)."""
    path, part = name, value
    seen: set[int] = set()
    while id(part) not in seen and len(seen) < 100:
        seen.add(id(part))
        for step, child in _parts(part):
            if id(child) not in seen and not _pickles(child, surroundings):
                path, part = path + step, child
                break
        else:
            break
    return path, part


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield f"[{key!r}]", item
            yield ".keys()", key
    elif isinstance(value, (list, tuple)):
        for position, item in enumerate(value):
            yield f"[{position}]", item
    elif isinstance(value, (set, frozenset)):
        for item in value:
            yield ".pop()", item
    elif libraries.is_array(value) and value.dtype.hasobject:
        for position, item in enumerate(value.reshape(-1).tolist()):
            yield f".flat[{position}]", item
    elif hasattr(value, "__closure__") and hasattr(value, "__code__"):
        for cell_name, cell in zip(value.__code__.co_freevars, value.__closure__ or ()):
            yield f".<{cell_name}>", digest.cell_contents(cell)
        yield ".__defaults__", value.__defaults__
    if not isinstance(value, type):
        for field, item in digest.instance_fields(value).items():
            yield f".{field}", item


def _pickles(value: object, surroundings: Surroundings) -> bool:
    try:
        dumps(value, surroundings)
    except SharedMemoryError:
        return True
    except Exception:  # whatever it is, this part does not travel
        return False
    return True
