"""What a stored value calls while it is read: functions and classes by value, arrays, references.

`reducing.py` names these functions in what it writes, so their names and arguments are a file
format. Functions come to life on the namespace of the reading task (`place.namespace`), never on
copies of globals. Classes carry a token, so that one class stays one class in a process however
often it is read; a class that was changed carries a higher generation, and the highest wins.
"""

from __future__ import annotations

import abc
import enum
import importlib
import linecache
import marshal
import sys
import types
import weakref
from typing import Any

from . import digest
from .errors import RuntimeFailure


class Place:
    """Where values are read into: one for the process, set by the session."""

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {}
        self.task = ""
        self.tokens = 0
        self.setup: set[str] = set()
        """Names that setup bound in this process: what was stored by reference is found there."""

    def token(self, content: str = "") -> str:
        """A new token: no other object of a run has it, and another run gives the same one."""
        self.tokens += 1
        return f"{self.task}/{self.tokens}/{content[:16]}"


place = Place()


class Record:
    """What the process knows of a class or function that travels by value."""

    def __init__(self, token: str, value: Any) -> None:
        self.token = token
        self.value = weakref.ref(value)
        self.generation = 0
        self.stored = ""
        """Digest that its writer gave it."""
        self.local = ""
        """Digest of the value as this process has it, when last compared."""

    def is_newer(self, generation: int, stored: str) -> bool:
        """Whether a state that was read is to replace the one that is here."""
        if generation != self.generation or stored == self.stored:
            return generation > self.generation
        name = getattr(self.value(), "__name__", "")
        raise RuntimeFailure(
            "alias-split",
            f"two tasks changed `{name}`, each in its own way",
            name=name,
            help="change it in one task, or keep the cells that change it together",
        )

    def take(self, generation: int, stored: str) -> None:
        """Note that the state of this generation has been set."""
        self.generation, self.stored = generation, stored
        applied.append(self)


_records: dict[str, Record] = {}
_by_id: dict[int, Record] = {}
_objects: dict[str, object] = {}
_object_tokens: dict[int, str] = {}
_globals: dict[str, dict[str, Any]] = {}
_globals_tokens: dict[int, str] = {}
applied: list[Record] = []
"""Records whose state was set since the reader last looked: their `local` digest is due."""


def record_of(value: Any) -> Record:
    """The record of a class or function, made when there is none."""
    record = _by_id.get(id(value))
    if record is None or record.value() is not value:
        record = Record(place.token(digest.digest(value)), value)
        _register(record, value)
    return record


def _register(record: Record, value: Any) -> None:
    _records[record.token] = record
    _by_id[id(value)] = record


def _known(token: str) -> Any:
    record = _records.get(token)
    return record.value() if record is not None else None


def object_token(value: object) -> str:
    """The token of a bare `object()`, which lives as long as the process."""
    if id(value) not in _object_tokens:
        token = _object_tokens[id(value)] = place.token()
        _objects[token] = value
    return _object_tokens[id(value)]


def globals_token(values: dict[str, Any]) -> str:
    """The token of the globals of a function that belongs to no module."""
    if id(values) not in _globals_tokens:
        token = _globals_tokens[id(values)] = place.token()
        _globals[token] = values
    return _globals_tokens[id(values)]


def make_object(token: str) -> object:
    """A bare `object()`: the one this process knows by the token, or a new one."""
    value = _objects.setdefault(token, object())
    _object_tokens[id(value)] = token
    return value


def make_module(name: str) -> Any:
    """A module, by import."""
    return sys.modules[name] if name in sys.modules else importlib.import_module(name)


def main_reference(path: str, kind: str, fallback: bytes) -> Any:
    """What setup of the reading task binds to `path`; by value where setup does not bind it."""
    from .pickling import loads

    first, _, rest = path.partition(".")
    if first in place.setup and first in place.namespace:
        found = place.namespace[first]
        try:
            for part in filter(None, rest.split(".")):
                found = getattr(found, part)
        except AttributeError:
            found = None
        if found is not None and type(found).__name__ == kind:
            return found
    if not fallback:
        raise RuntimeFailure(
            "missing-input",
            f"the value refers to `{path}`, which this task does not define",
            name=path,
            help="put its definition into a cell of its own without a task name",
        )
    return loads(fallback, [])


def known_class(token: str) -> Any:
    """A class that is just being rebuilt further out."""
    return _known(token)


# -- functions ----------------------------------------------------------------------------------


def make_cell() -> Any:
    """A closure cell without content."""
    return types.CellType()


def set_cell(cell: Any, state: Any) -> None:
    """Fill a closure cell; an empty state leaves it empty."""
    if state:
        cell.cell_contents = state[0]


def make_globals(token: str) -> dict[str, Any]:
    """The globals of a function made by `exec` or a factory such as `namedtuple`."""
    values = _globals.setdefault(token, {})
    _globals_tokens[id(values)] = token
    return values


def set_globals(values: dict[str, Any], state: dict[str, Any]) -> None:
    """Add what the function reads; what is there already is newer."""
    for name, item in state.items():
        values.setdefault(name, item)


def make_function(code: bytes, where: Any, closure: Any, token: str = "") -> Any:
    """A function without defaults; `where` is None for the notebook, a module's name or a dict.

    One that comes twice, with two values, is one function again: `token` tells.
    """
    known = _known(token)
    if known is not None:
        return known
    if where is None:
        scope = place.namespace
    elif isinstance(where, str):
        scope = vars(make_module(where))
    else:
        scope = where
    try:
        body = marshal.loads(code)
    except (EOFError, ValueError, TypeError) as error:
        raise RuntimeFailure(
            "damaged-value",
            "a function was stored by another version of Python",
            help="run all tasks of a workflow with one version of Python",
        ) from error
    made = types.FunctionType(body, scope, None, None, closure)
    if token:
        record = Record(token, made)
        record.generation = -1
        _register(record, made)
    return made


def set_function(function: Any, state: dict[str, Any]) -> None:
    """Set all that a function has beside its code, of its newest generation."""
    version = state.pop("version", None)
    if version is not None:
        record = _by_id[id(function)]
        if not record.is_newer(*version):
            return
        record.take(*version)
        function.__dict__.clear()
    for name, item in state.items():
        if name == "__dict__":
            function.__dict__.update(item)
        elif name == "source":
            filename, text = item
            if filename not in linecache.cache:
                lines = text.splitlines(keepends=True)
                linecache.cache[filename] = (len(text), None, lines, filename)
        elif item is not None or name in {"__defaults__", "__kwdefaults__", "__doc__"}:
            setattr(function, name, item)


def make_code(code: bytes) -> Any:
    """A code object."""
    return marshal.loads(code)


# -- classes ------------------------------------------------------------------------------------


def make_class(
    token: str, meta: Any, name: str, bases: tuple[Any, ...], body: dict[str, Any]
) -> type:
    """The class of this token; made anew, still without its attributes, when there is none."""
    known: type | None = _known(token)
    if known is not None:
        return known
    silenced = _silence(bases)
    try:
        kind = _new_class(meta, name, bases, body)
    finally:
        for base, hook in silenced:
            type.__setattr__(base, "__init_subclass__", hook)
    record = Record(token, kind)
    record.generation = -1
    _register(record, kind)
    return kind


def _new_class(meta: Any, name: str, bases: tuple[Any, ...], body: dict[str, Any]) -> type:
    if issubclass(meta, enum.EnumMeta):
        members = body.pop("members")
        scope = meta.__prepare__(name, bases)
        for key, item in {**body, **members}.items():
            scope[key] = item
        made: type = meta.__new__(meta, name, bases, scope)
        return made
    maker = next(base for base in meta.__mro__ if base.__module__ != "__main__")
    made = maker.__new__(meta, name, bases, dict(body))
    if "__abstractmethods__" in vars(made):  # its methods are still to come
        made.__abstractmethods__ = frozenset()  # type: ignore[attr-defined]
    return made


def _silence(bases: tuple[Any, ...]) -> list[tuple[type, Any]]:
    """Keep `__init_subclass__` of the notebook's classes from running a second time."""
    found = []
    for base in {kind: None for root in bases for kind in root.__mro__}:
        hook = vars(base).get("__init_subclass__")
        if hook is not None and (id(base) in _by_id or base.__module__ == "__main__"):
            found.append((base, hook))
            type.__setattr__(base, "__init_subclass__", classmethod(lambda _cls, **_: None))
    return found


def set_class(kind: type, state: dict[str, Any]) -> None:
    """Give a class the attributes of its newest generation."""
    record = _by_id[id(kind)]
    if not record.is_newer(*state["version"]):
        return
    fields = state["attributes"]
    if record.generation >= 0:
        for name in [name for name in vars(kind) if name not in fields and _settable(kind, name)]:
            type.__delattr__(kind, name)
    for name, item in fields.items():
        type.__setattr__(kind, name, item)
    for other in state.get("registered", ()):
        abc.ABCMeta.register(kind, other)  # type: ignore[arg-type]
    record.take(*state["version"])


FIXED = frozenset(
    {"__dict__", "__weakref__", "__slots__", "__slotnames__", "_abc_impl", "__module__"}
)


def _settable(kind: type, name: str) -> bool:
    return name not in FIXED and type(vars(kind)[name]).__name__ not in {
        "member_descriptor",
        "getset_descriptor",
    }


# -- arrays -------------------------------------------------------------------------------------


def make_array(buffer: Any, dtype: Any, shape: tuple[int, ...], order: str, writeable: Any) -> Any:
    """A plain array that owns its memory, as any array does that the user made."""
    numpy = make_module("numpy")
    array = numpy.frombuffer(buffer, dtype=dtype) if len(buffer) else numpy.empty(0, dtype)
    array = array.reshape(shape, order=order).copy(order=order)
    if not writeable:
        array.flags.writeable = False
    return array


def make_memory(buffer: Any) -> Any:
    """The bytes that several arrays look at."""
    numpy = make_module("numpy")
    return numpy.frombuffer(buffer, dtype=numpy.uint8).copy()


def make_view(
    memory: Any,
    offset: int,
    dtype: Any,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    writeable: Any,
    kind: Any,
) -> Any:
    """An array that looks at another one's memory from `offset` bytes on."""
    numpy = make_module("numpy")
    flat = memory.ravel(order="K")
    if dtype.hasobject:
        start = flat[offset // flat.itemsize :]
        view = numpy.lib.stride_tricks.as_strided(start, shape=shape, strides=strides)
    else:
        window = flat.view(numpy.uint8)
        view = numpy.ndarray(shape, dtype, buffer=window, offset=offset, strides=strides)
    if not writeable:
        view.flags.writeable = False
    return view if kind is None else view.view(kind)


# -- small things that pickle refuses -------------------------------------------------------------


def make_lru_cache(function: Any, parameters: dict[str, Any]) -> Any:
    """A cached function with an empty cache."""
    import functools

    return functools.lru_cache(**parameters)(function)


def make_dict_view(name: str, values: dict[Any, Any]) -> Any:
    """`d.keys()`, `d.values()` or `d.items()`."""
    return getattr(values, name)()


def make_cached_property(function: Any, name: str | None) -> Any:
    """A cached property; older Pythons hold a lock in it, which cannot travel."""
    import functools

    made: Any = functools.cached_property(function)
    made.attrname = name
    return made


def make_type_variable(
    token: str, name: str, bounds: tuple[Any, ...], flags: dict[str, Any]
) -> Any:
    """A type variable of the notebook, one object for each token."""
    import typing

    if token not in _objects:
        _objects[token] = typing.TypeVar(name, *bounds, **flags)
        _object_tokens[id(_objects[token])] = token
    return _objects[token]


def make_pandas_block(maker: Any, values: Any, placement: Any, dimensions: int) -> Any:
    """A block of a pandas frame, its values its own."""
    return maker(values, placement, dimensions)


def _one_name() -> None:
    """Give the functions above one module name, so that a value's bytes are the same whether the
    runtime came from the zip or from an installation.
    """
    name = "cellweave_runtime"
    here = f"{name}.rebuild"
    sys.modules.setdefault(name, sys.modules[__package__ or name])
    if sys.modules.setdefault(here, sys.modules[__name__]) is sys.modules[__name__]:
        for item in list(globals().values()):
            if isinstance(item, types.FunctionType) and item.__module__ == __name__:
                item.__module__ = here


_one_name()
