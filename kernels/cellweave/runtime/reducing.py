"""How values are taken apart that pickle would refuse, or would store as something else.

Functions, classes and lambdas of the notebook travel by reference when setup of the task made them
(the reader replays that setup), with a copy by value for a reader that has no such setup; all
others travel by value. `Reducers.reduce` answers pickle's `reducer_override`; what it gives back
are calls of `rebuild.py`.
"""

# ruff: noqa: SLF001 - what libraries and the interpreter keep to themselves is what we carry

from __future__ import annotations

import enum
import functools
import gc
import hashlib
import linecache
import marshal
import sys
import types
import typing
import weakref
from typing import Any

from . import digest, libraries, rebuild
from .arrays import Arrays, Memory

_ENUM_NOISE = frozenset(
    {"_member_names_", "_member_map_", "_value2member_map_", "_member_type_", "_value_repr_"}
    | {"_unhashable_values_", "_unhashable_values_map_", "_hashable_values_", "_new_member_"}
    | {"_generate_next_value_", "_use_args_", "__new__", "_flag_mask_", "_all_bits_"}
    | {"_singles_mask_", "_inverted_", "_boundary_", "__members__"}
)
_VIEWS = {type({}.keys()): "keys", type({}.values()): "values", type({}.items()): "items"}
_WEAK_MAPPINGS = (weakref.WeakKeyDictionary, weakref.WeakValueDictionary)


in_progress: set[int] = set()
"""Setup objects whose copy by value is just being made: inside it they stand for themselves."""


class Globals:
    """Stands for the globals of a function that belongs to no module, while it is stored."""

    def __init__(self, values: dict[str, Any], used: dict[str, Any]) -> None:
        self.values = values
        self.used = used


class Reducers:
    """What one pickler keeps while it works. `by_reference` maps ids to setup names."""

    def __init__(
        self,
        namespace: dict[str, Any],
        by_reference: dict[int, str],
        arrays: Arrays,
    ) -> None:
        self.namespace = namespace
        self.by_reference = by_reference
        self.arrays = arrays
        self.classes: list[type] = []
        """Classes that were taken by value: their contents are shared by token, not by copy."""
        self.globals: dict[int, Globals] = {}
        self.frames: list[object] = []
        """Objects made while reducing, kept so that no later one gets their id."""
        self.singletons: set[int] = set()
        """Ids of what a module holds by name, and what is read back from there."""
        self.kinds: set[type] = set()
        """The classes of all that was met beyond plain containers."""

    def reduce(self, value: Any) -> Any:
        """A reduce value for pickle, or NotImplemented for its own way."""
        self.kinds.add(type(value))
        path = self.by_reference.get(id(value))
        if path is not None:
            return self.reference(value, path)
        if isinstance(value, type):
            return self.class_(value)
        simple = _SIMPLE.get(type(value))
        if simple is not None:
            return simple(self, value)
        if libraries.is_array(value):
            return self.arrays.reduce(value)
        if libraries.is_tensor(value):
            return self.arrays.tensor(value)
        if isinstance(value, property):
            return type(value), (value.fget, value.fset, value.fdel, value.__doc__)
        if isinstance(value, functools._lru_cache_wrapper):
            return self.lru_cache(value)
        if isinstance(value, _WEAK_MAPPINGS):
            return self.weak_mapping(value)
        name = _singleton(value)
        if name:
            self.singletons.add(id(value))
            module, _, attribute = name.rpartition(":")
            return getattr, (sys.modules[module], attribute)
        if libraries.root_of(type(value)) == "pandas":
            return self.pandas(value)
        return NotImplemented

    # -- references ---------------------------------------------------------------------------

    def reference(self, value: Any, path: str) -> Any:
        from .pickling import fallback

        return rebuild.main_reference, (path, type(value).__name__, fallback(value, self))

    def path_in_main(self, value: Any) -> str:
        """The dotted name of something inside a class that setup made, such as `C.method`."""
        name = getattr(value, "__qualname__", "")
        first, _, rest = name.partition(".")
        owner = self.namespace.get(first)
        if not rest or self.by_reference.get(id(owner)) != first:
            return ""
        found = owner
        for part in rest.split("."):
            found = getattr(found, part, None)
        return name if found is value else ""

    # -- code ---------------------------------------------------------------------------------

    def function(self, value: Any) -> Any:
        if digest.importable(value):
            return NotImplemented
        path = self.path_in_main(value)
        if path:
            return self.reference(value, path)
        state = {
            "__name__": value.__name__,
            "__qualname__": value.__qualname__,
            "__module__": value.__module__,
            "__defaults__": value.__defaults__,
            "__kwdefaults__": value.__kwdefaults__,
            "__doc__": value.__doc__,
            "__annotations__": dict(value.__annotations__) or None,
            "__dict__": dict(value.__dict__),
        }
        parameters = getattr(value, "__type_params__", ())
        if parameters:
            state["__type_params__"] = parameters
        code = value.__code__
        if value.__globals__ is self.namespace and code.co_filename in linecache.cache:
            lines = linecache.getlines(code.co_filename)
            name = _cell_name(lines)
            # as text: two functions of a cell share its lines, but nothing that could change
            state["source"] = (name, "".join(lines))
            code = _renamed(code, code.co_filename, name)
        scope = self.scope(value)
        token = ""
        if scope is None and not value.__closure__:
            # what a closure holds may change from store to store, so such a function is always new
            token, state["version"] = self.version(value)
        arguments = (_code_bytes(code), scope, value.__closure__, token)
        return rebuild.make_function, arguments, state, None, None, rebuild.set_function

    def scope(self, function: Any) -> Any:
        values = function.__globals__
        if values is self.namespace:
            return None
        name = values.get("__name__")
        if isinstance(name, str) and name in sys.modules and vars(sys.modules[name]) is values:
            return None if name == "__main__" else name
        used = {name: values[name] for name in _names(function.__code__) if name in values}
        used["__name__"] = name
        if isinstance(values.get("__builtins__"), dict) and not values["__builtins__"]:
            used["__builtins__"] = {}
        holder = self.globals.setdefault(id(values), Globals(values, {}))
        holder.used.update(used)
        return holder

    def globals_holder(self, value: Globals) -> Any:
        token = rebuild.globals_token(value.values)
        return rebuild.make_globals, (token,), value.used, None, None, rebuild.set_globals

    def code(self, value: Any) -> Any:
        return rebuild.make_code, (_code_bytes(value),)

    def cell(self, value: Any) -> Any:
        try:
            state: tuple[Any, ...] = (value.cell_contents,)
        except ValueError:
            state = ()
        return rebuild.make_cell, (), state, None, None, rebuild.set_cell

    def wrapped(self, value: Any) -> Any:
        return type(value), (value.__func__,)

    def module(self, value: Any) -> Any:
        return rebuild.make_module, (value.__name__,)

    def lru_cache(self, value: Any) -> Any:
        if digest.importable(value):
            return NotImplemented
        return rebuild.make_lru_cache, (value.__wrapped__, value.cache_parameters())

    def cached_property(self, value: Any) -> Any:
        return rebuild.make_cached_property, (value.func, value.attrname)

    def version(self, value: Any) -> tuple[str, tuple[int, str]]:
        """The token of a class or function, and its generation and digest."""
        record = rebuild.record_of(value)
        now = digest.digest(value)
        if record.local and record.local != now:
            record.generation += 1
        if record.local != now:
            record.local = record.stored = now
        return record.token, (record.generation, record.stored)

    # -- classes ------------------------------------------------------------------------------

    def class_(self, value: type) -> Any:
        if value in _BUILTIN_TYPES:
            return type, (_BUILTIN_TYPES[value],)
        if digest.importable(value):
            return NotImplemented
        if not value.__flags__ & _HEAP_TYPE:
            name = _NAMED_TYPES.get(value)
            return (getattr, (types, name)) if name else NotImplemented
        path = self.path_in_main(value)
        if path:
            return self.reference(value, path)
        if id(value) in in_progress:
            return rebuild.known_class, (rebuild.record_of(value).token,)
        self.classes.append(value)
        token, version = self.version(value)
        attributes = {
            name: item
            for name, item in vars(value).items()
            if name not in rebuild.FIXED
            and type(item).__name__ not in {"member_descriptor", "getset_descriptor"}
        }
        attributes["__module__"] = value.__module__
        body: dict[str, Any] = {"__module__": value.__module__, "__qualname__": value.__qualname__}
        if "__slots__" in vars(value):
            body["__slots__"] = _slots(value)
        if issubclass(value, enum.Enum):
            body["members"] = {name: member.value for name, member in value.__members__.items()}
            known = set(body["members"]) | _ENUM_NOISE
            attributes = {name: item for name, item in attributes.items() if name not in known}
        state: dict[str, Any] = {
            "version": version,
            "attributes": attributes,
        }
        if "_abc_impl" in vars(value):
            state["registered"] = _registered(value)
        arguments = (token, type(value), value.__name__, _bases(value), body)
        return rebuild.make_class, arguments, state, None, None, rebuild.set_class

    def type_variable(self, value: Any) -> Any:
        if digest.importable(value):
            return NotImplemented
        flags: dict[str, Any] = {
            "covariant": value.__covariant__,
            "contravariant": value.__contravariant__,
        }
        if value.__bound__ is not None:
            flags["bound"] = value.__bound__
        token = rebuild.object_token(value)
        return rebuild.make_type_variable, (token, value.__name__, value.__constraints__, flags)

    # -- data ---------------------------------------------------------------------------------

    def bare_object(self, value: object) -> Any:
        return rebuild.make_object, (rebuild.object_token(value),)

    def proxy(self, value: Any) -> Any:
        return types.MappingProxyType, (value.copy(),)

    def dict_view(self, value: Any) -> Any:
        owner = next(item for item in gc.get_referents(value) if isinstance(item, dict))
        return rebuild.make_dict_view, (_VIEWS[type(value)], owner)

    def weak_mapping(self, value: Any) -> Any:
        if all(isinstance(key, type) for key in value):
            return type(value), (dict(value.items()),)
        return NotImplemented

    def pandas(self, value: Any) -> Any:
        """A frame's values are its own: where pandas shares them until the next write, or an
        index shares its data for good, each gets a copy, so that no two become one array.
        """
        kind = type(value)
        if _is_index(value):
            make, arguments, *rest = value.__reduce__()
            if len(arguments) == 2 and isinstance(arguments[1], dict):
                fields = {name: _own(item) for name, item in arguments[1].items()}
                self.frames.append(fields)
                return (make, (arguments[0], fields), *rest)
        elif kind.__name__.endswith("Block") and libraries.pandas_copies_on_write():
            references = getattr(value, "refs", None)
            if references is not None and references.has_reference():
                make, (values, placement, dimensions) = value.__reduce__()
                values = values.copy()
                self.frames.append(values)
                return rebuild.make_pandas_block, (make, values, placement, dimensions)
        elif (
            kind.__name__ == "SingleBlockManager"
            and libraries.pandas_copies_on_write()
            and value.blocks[0].refs.has_reference()
        ):
            own = value.copy(deep=True)
            own.axes = value.axes
            self.frames.append(own)
            return own.__reduce_ex__(5)
        return NotImplemented


_SIMPLE: dict[type, Any] = {
    types.FunctionType: Reducers.function,
    types.CodeType: Reducers.code,
    types.CellType: Reducers.cell,
    types.ModuleType: Reducers.module,
    types.MappingProxyType: Reducers.proxy,
    staticmethod: Reducers.wrapped,
    classmethod: Reducers.wrapped,
    functools.cached_property: Reducers.cached_property,
    object: Reducers.bare_object,
    Globals: Reducers.globals_holder,
    typing.TypeVar: Reducers.type_variable,
    Memory: lambda _reducers, value: Arrays.memory(value),
    **dict.fromkeys(_VIEWS, Reducers.dict_view),
}
_STANDARD = getattr(sys, "stdlib_module_names", frozenset({"dataclasses", "inspect", "typing"}))
_HEAP_TYPE = 1 << 9
_NAMED_TYPES = {item: name for name, item in vars(types).items() if isinstance(item, type)}
"""Types of the interpreter without a name in `builtins`, such as that of a class's `__dict__`."""
_BUILTIN_TYPES: dict[type, Any] = {
    type(None): None,
    type(Ellipsis): Ellipsis,
    type(NotImplemented): NotImplemented,
}


def _cell_name(lines: list[str]) -> str:
    """A file name for a cell's source: kernels use one that differs from process to process."""
    state = hashlib.blake2b("".join(lines).encode("utf-8", "replace"), digest_size=6)
    return f"<cell-{state.hexdigest()}>"


def _renamed(code: types.CodeType, old: str, new: str) -> types.CodeType:
    constants = tuple(
        _renamed(item, old, new) if isinstance(item, types.CodeType) else item
        for item in code.co_consts
    )
    name = new if code.co_filename == old else code.co_filename
    return code.replace(co_filename=name, co_consts=constants)


def _code_bytes(code: types.CodeType) -> bytes:
    """Code as bytes that depend on the code alone; later formats depend on reference counts too."""
    try:
        return marshal.dumps(code, 2)
    except ValueError:  # a constant that is younger than that format
        return marshal.dumps(code)


def _names(code: types.CodeType) -> set[str]:
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= _names(constant)
    return found


def _slots(kind: type) -> tuple[str, ...]:
    slots = vars(kind)["__slots__"]
    return (slots,) if isinstance(slots, str) else tuple(slots)


def _bases(kind: type) -> tuple[type, ...]:
    return kind.__bases__


def _registered(kind: Any) -> tuple[Any, ...]:
    import _abc  # type: ignore[import-not-found, unused-ignore]

    references = _abc._get_dump(kind)[0]
    return tuple(found for found in (reference() for reference in references) if found is not None)


@functools.lru_cache(maxsize=1024)
def _module_singletons(kind: Any) -> dict[int, str]:
    """Bare instances of a class that its own module holds by name, as `dataclasses.MISSING`."""
    module = sys.modules.get(kind.__module__)
    if module is None or kind.__module__ in {"__main__", "builtins"}:
        return {}
    return {
        id(item): f"{kind.__module__}:{name}"
        for name, item in vars(module).items()
        if type(item) is kind
    }


def _singleton(value: Any) -> str:
    kind: Any = type(value)
    if not digest.reduces_plainly(kind):
        return ""
    if kind.__itemsize__:
        return ""
    if libraries.root_of(kind) not in _STANDARD and digest.instance_fields(value):
        return ""
    return _module_singletons(kind).get(id(value), "")


def _is_index(value: Any) -> bool:
    pandas = libraries.module("pandas")
    return hasattr(pandas, "Index") and isinstance(value, pandas.Index)


def _own(item: Any) -> Any:
    if libraries.is_array(item) or hasattr(item, "_from_sequence"):
        return item.copy()
    if isinstance(item, list):
        return [_own(part) for part in item]
    return item
