"""What a value looks like inside, as a tree of hashes (`trees.py`).

`tree(value)` walks the value's structure: containers, attributes, numpy and pandas by content,
functions by code, anything else by what it would give to pickle. It never hashes pickle bytes of
values that other processes compare: these differ between equal values. What cannot be looked into
(a lock, a connection) counts as its type: it never changes. NaN equals NaN; the order of a dict
counts, that of a set or of attributes does not.
"""

# ruff: noqa: SLF001 - `lru_cache` wrappers have a type that only the interpreter names

from __future__ import annotations

import functools
import hashlib
import pickle
import sys
import types
from collections.abc import Iterator
from typing import Any, Callable

from . import libraries
from .depth import deeply
from .trees import Tree, difference

__all__ = ["Tree", "difference", "digest", "importable", "tree"]

_SCALARS = frozenset(
    {type(None), bool, int, float, complex, str, bytes, type(Ellipsis), type(NotImplemented), range}
)
_PACKED = frozenset({list, dict, tuple})
_PACKED_ITEMS = 1_000
_FINE_NODES = 5_000
_KEPT_NODES = 100_000
"""From here on containers keep no children, so that a tree stays small beside its value."""
_CLASS_NOISE = frozenset(
    {"__dict__", "__weakref__", "__module__", "__slotnames__", "_abc_impl", "__firstlineno__"}
    | {"__static_attributes__", "__annotate_func__", "__annotations_cache__", "__doc__"}
)


def tree(value: object, *, here: object = False) -> Tree:
    """The structure of `value`; never raises for an odd object, which then counts as its type.

    With `here`, large plain containers are taken whole, ten times as fast, in a way that tells
    equal strings that are two objects apart: such trees are for one process and one object.
    """
    try:
        return deeply(lambda: _Walk(here).node(value))
    except RecursionError:
        return Tree("too-deep", _type_name(type(value)))


def digest(value: object) -> str:
    """The hash of the structure of `value`, equal in every process for an equal value."""
    return hashlib.blake2b(tree(value).hash, digest_size=16).hexdigest()


def _type_name(kind: type) -> bytes:
    name = f"{kind.__module__}.{kind.__qualname__}"
    return name.encode("utf-8", "surrogatepass")


def importable(value: Any, *, main: bool = False) -> str:
    """`module.qualname` where that is how to reach `value` (outside `__main__`), else nothing."""
    module = getattr(value, "__module__", None)
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    if not isinstance(module, str) or not isinstance(name, str):
        return ""
    if (module == "__main__" and not main) or module not in sys.modules:
        return ""
    found: Any = sys.modules[module]
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            return ""
    return f"{module}.{name}" if found is value else ""


class _NotPlainError(Exception):
    """A container holds more than plain data."""


class _Packer(pickle.Pickler):
    """Feeds plain data to a hash, and gives up at anything else."""

    def reducer_override(self, _value: Any) -> Any:
        raise _NotPlainError


class _Hash:
    def __init__(self) -> None:
        self.state = hashlib.blake2b(digest_size=32)

    def write(self, data: Any) -> None:
        self.state.update(data)


class _Walk:
    def __init__(self, here: object) -> None:
        self.here = here
        self.seen: dict[int, Tree] = {}
        self.alive: list[object] = []
        self.nodes = 0
        self.depth = 0

    def node(self, value: Any) -> Tree:
        kind = type(value)
        if kind in _SCALARS:
            return Tree(kind.__name__, _text(value))
        known = self.seen.get(id(value))
        if known is not None:
            return known
        self.alive.append(value)
        self.seen[id(value)] = Tree("cycle", str(self.depth).encode())
        self.depth += 1
        try:
            made = self.structure(value, kind)
        except RecursionError:
            raise
        except Exception:  # a broken property or reducer of the user's must not fail the task
            made = Tree("opaque", _type_name(kind))
        finally:
            self.depth -= 1
        self.seen[id(value)] = made
        return made

    def structure(self, value: Any, kind: type) -> Tree:
        simple = _PLAIN.get(kind)
        if self.here and kind in _PACKED and len(value) >= _PACKED_ITEMS:
            target = _Hash()
            try:
                _Packer(target, protocol=5).dump(value)
                return Tree(f"packed {kind.__name__}", target.state.digest())
            except _NotPlainError:
                pass
        if simple is not None:
            return simple(self, value)
        if isinstance(value, type):
            return self.type_(value)
        for handles, walk in _LIBRARIES:
            if handles(value, kind):
                made: Tree = walk(self, value)
                return made
        return self.reduced(value, kind)

    def branch(
        self, kind: str, own: bytes, children: Iterator[tuple[str, Any]], *, ordered: bool = True
    ) -> Tree:
        """A container's node, its children dropped when the tree has grown too large."""
        made: dict[str, Tree] = {}
        for key, child in children:
            spare = key
            while spare in made:
                spare += "'"
            made[spare] = self.node(child)
        self.nodes += len(made)
        result = Tree(kind, own, made, ordered=ordered)
        if self.nodes > _KEPT_NODES:
            return Tree(kind, result.hash)
        return result

    def attributes(self, own: bytes, fields: dict[str, Any], kind: type | None = None) -> Tree:
        children = {f".{name}": self.node(child) for name, child in fields.items()}
        self.nodes += len(children)
        lazy = frozenset(f".{name}" for name in _cached_properties(kind)) if kind else frozenset()
        return Tree("attributes", own, children, lazy, ordered=False)

    # -- plain containers ---------------------------------------------------------------------

    def sequence(self, value: Any) -> Tree:
        kind = type(value).__name__
        if _all_scalars(value):
            return self.flat(kind, value)
        return self.branch(kind, b"", ((f"[{i}]", item) for i, item in enumerate(value)))

    def flat(self, kind: str, value: Any) -> Tree:
        try:
            text = repr(value).encode("utf-8", "surrogatepass")
        except ValueError:  # an int of more than 4300 digits
            return self.branch(kind, b"", ((f"[{i}]", item) for i, item in enumerate(value)))
        return Tree(f"flat {kind}", hashlib.blake2b(text).digest())

    def mapping(self, value: Any) -> Tree:
        large = len(value) > 16 or self.nodes > _FINE_NODES  # else the key that changed is named
        if large and _all_scalars(value) and _all_scalars(value.values()):
            try:
                text = repr(value).encode("utf-8", "surrogatepass")
                return Tree("flat dict", hashlib.blake2b(text).digest())
            except ValueError:
                pass
        plain = {}
        for key, item in value.items():
            label = f"[{key!r}]" if type(key) in _SCALARS else f"[{self.node(key).hash.hex()}]"
            plain[label] = item
        return self.branch("dict", b"", iter(plain.items()))

    def set_(self, value: Any) -> Tree:
        hashes = sorted(self.node(item).hash for item in value)
        return Tree(type(value).__name__, hashlib.blake2b(b"".join(hashes)).digest())

    def raw_bytes(self, value: Any) -> Tree:
        return Tree(type(value).__name__, hashlib.blake2b(value).digest())

    # -- code ---------------------------------------------------------------------------------

    def function(self, value: Any) -> Tree:
        name = importable(value)
        if name:
            return Tree("function", name.encode())
        cells = [cell_contents(cell) for cell in value.__closure__ or ()]
        fields = {
            "__code__": value.__code__,
            "__defaults__": value.__defaults__,
            "__kwdefaults__": value.__kwdefaults__,
            "__closure__": tuple(cells),
            "__dict__": dict(value.__dict__),
        }
        return self.attributes(b"function", fields)

    def code(self, value: Any) -> Tree:
        own = (value.co_code, value.co_names, value.co_varnames, value.co_freevars, value.co_flags)
        children = ((f"[{i}]", item) for i, item in enumerate(value.co_consts))
        return self.branch("code", repr(own).encode("utf-8", "surrogatepass"), children)

    def method(self, value: Any) -> Tree:
        return self.attributes(
            b"method", {"__self__": value.__self__, "__name__": value.__func__.__name__}
        )

    def builtin(self, value: Any) -> Tree:
        owner = value.__self__
        if owner is None or isinstance(owner, types.ModuleType):
            return Tree("builtin", f"{value.__module__}.{value.__qualname__}".encode())
        return self.attributes(b"builtin", {"__self__": owner, "__name__": value.__name__})

    def module(self, value: Any) -> Tree:
        return Tree("module", value.__name__.encode("utf-8", "surrogatepass"))

    def type_(self, value: Any) -> Tree:
        name = importable(value)
        if name:
            return Tree("type", name.encode())
        fields = {
            key: item
            for key, item in vars(value).items()
            if key not in _CLASS_NOISE and type(item).__name__ not in _SLOT_DESCRIPTORS
        }
        bases = ",".join(base.__qualname__ for base in value.__bases__)
        return self.attributes(f"class {value.__qualname__}({bases})".encode(), fields)

    def wrapped(self, value: Any) -> Tree:
        return self.attributes(type(value).__name__.encode(), {"__func__": value.__func__})

    def property_(self, value: Any) -> Tree:
        fields = {"fget": value.fget, "fset": value.fset, "fdel": value.fdel}
        return self.attributes(b"property", fields)

    def cell(self, value: Any) -> Tree:
        return self.attributes(b"cell", {"cell_contents": cell_contents(value)})

    def generator(self, value: Any) -> Tree:
        frame = getattr(value, "gi_frame", None)
        if frame is None:
            return Tree("generator", b"finished")
        return self.branch(
            "generator", str(frame.f_lasti).encode(), iter(dict(frame.f_locals).items())
        )

    def proxy(self, value: Any) -> Tree:
        return self.mapping(value)

    def opaque(self, value: Any) -> Tree:
        return Tree("opaque", _type_name(type(value)))

    # -- everything else ----------------------------------------------------------------------

    def reduced(self, value: Any, kind: type) -> Tree:
        if isinstance(value, functools._lru_cache_wrapper):
            return self.attributes(b"lru_cache", {"__wrapped__": value.__wrapped__})
        own = _type_name(kind)
        if _default_state(kind):
            return self.attributes(own, instance_fields(value), kind)
        if hasattr(value, "fileno") and hasattr(value, "closed") and hasattr(value, "name"):
            return Tree("file", repr((str(value.name), value.closed)).encode() + _position(value))
        reduced = value.__reduce_ex__(4)
        if isinstance(reduced, str):
            return Tree("global", f"{kind.__module__}.{reduced}".encode())
        make, arguments, *rest = reduced
        rest += [None] * (4 - len(rest))
        state, items, pairs = rest[:3]
        children: dict[str, Any] = {"()": tuple(arguments)}
        lazy: frozenset[str] = frozenset()
        if isinstance(state, tuple) and len(state) == 2 and _mappings(state):
            state = {**(state[0] or {}), **(state[1] or {})}
        nodes = {}
        if isinstance(state, dict) and all(isinstance(key, str) for key in state):
            inner = self.attributes(own, state, kind)
            nodes = dict(inner.children or {})
            lazy = inner.lazy
        elif state is not None:
            children[".state"] = state
        if items is not None:
            children.update((f"[{i}]", item) for i, item in enumerate(items))
        nodes.update((key, self.node(child)) for key, child in children.items())
        if pairs is not None:
            nodes["{}"] = self.mapping(dict(pairs))
        return Tree("attributes", own + b"\0" + _maker(make), nodes, lazy, ordered=False)


def _text(value: Any) -> bytes:
    try:
        text = repr(value).encode("utf-8", "surrogatepass")
    except ValueError:
        text = hex(value).encode()
    return text if len(text) < 64 else hashlib.blake2b(text).digest()


def _all_scalars(items: Any) -> bool:
    return _SCALARS.issuperset(map(type, items))


def cell_contents(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return "empty cell"


def _maker(make: Any) -> bytes:
    name = f"{getattr(make, '__module__', '')}.{getattr(make, '__qualname__', type(make))}"
    return name.encode("utf-8", "surrogatepass")


def _mappings(state: tuple[Any, ...]) -> bool:
    return all(part is None or isinstance(part, dict) for part in state)


def _position(value: Any) -> bytes:
    try:
        return str(value.tell()).encode()
    except (OSError, ValueError, AttributeError):
        return b""


def reduces_plainly(kind: Any) -> bool:
    """Whether a class leaves it to `object` how its instances are taken apart."""
    return kind.__reduce_ex__ is object.__reduce_ex__ and kind.__reduce__ is object.__reduce__


@functools.lru_cache(maxsize=4096)
def _default_state(kind: type) -> bool:
    """Whether pickle would take nothing but the attributes of an instance."""
    plain = (
        reduces_plainly(kind)
        and getattr(kind, "__getstate__", None) is getattr(object, "__getstate__", None)
        and not hasattr(kind, "__getnewargs_ex__")
        and not hasattr(kind, "__getnewargs__")
    )
    return plain and not issubclass(
        kind, (list, dict, tuple, set, frozenset, str, int, float, bytes)
    )


@functools.lru_cache(maxsize=4096)
def _cached_properties(kind: type) -> frozenset[str]:
    found = set()
    for base in kind.__mro__:
        for name, item in vars(base).items():
            if type(item).__name__ in {"cached_property", "CachedAttribute", "cache_readonly"}:
                found.add(name)
    return frozenset(found)


def instance_fields(value: Any) -> dict[str, Any]:
    """The attributes that an instance holds itself, in its `__dict__` and in slots."""
    fields = dict(getattr(value, "__dict__", None) or {})
    for base in type(value).__mro__:
        slots = vars(base).get("__slots__", ())
        for slot in (slots,) if isinstance(slots, str) else slots:
            name = slot
            if slot.startswith("__") and not slot.endswith("__"):
                name = f"_{base.__name__.lstrip('_')}{slot}"
            if name not in {"__dict__", "__weakref__"}:
                try:
                    fields[name] = getattr(value, name)
                except AttributeError:
                    continue
    return fields


_SLOT_DESCRIPTORS = frozenset({"member_descriptor", "getset_descriptor"})

_PLAIN: dict[type, Callable[[_Walk, Any], Tree]] = {
    list: _Walk.sequence,
    tuple: _Walk.sequence,
    dict: _Walk.mapping,
    set: _Walk.set_,
    frozenset: _Walk.set_,
    bytearray: _Walk.raw_bytes,
    memoryview: _Walk.raw_bytes,
    types.FunctionType: _Walk.function,
    types.CodeType: _Walk.code,
    types.MethodType: _Walk.method,
    types.BuiltinFunctionType: _Walk.builtin,
    types.ModuleType: _Walk.module,
    types.GeneratorType: _Walk.generator,
    types.MappingProxyType: _Walk.proxy,
    types.CellType: _Walk.cell,
    staticmethod: _Walk.wrapped,
    classmethod: _Walk.wrapped,
    property: _Walk.property_,
}

_LIBRARIES = libraries.digesters(Tree, _Walk.reduced)
