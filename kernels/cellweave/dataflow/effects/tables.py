"""Look-ups in the purity tables: what is known of a library function, method or type.

The data is `tables.json`, compiled from the TOML files beside it by `compile.py`. Nothing here
imports a library or decides what an effect means; an answer of `None` says that nothing is known,
and the caller must then assume that the call may change, keep and return whatever it is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from cellweave.dataflow.effects.adjust import at_call, consensus
from cellweave.dataflow.effects.model import Effect, TypeInfo

__all__ = ["PURE", "Data", "Rows", "Tables", "at_call", "load"]

PURE = Effect(returns="fresh")
"""What a row becomes when a test leaves it out with `Tables.without`."""
DATA = Path(__file__).with_name("tables.json")

_CAMEL = re.compile(r"_*[A-Z]\w*[a-z]\w*$|_*[A-Z]{2,6}$|_*[A-Z]$")
_NO_TYPE = TypeInfo()


class Rows(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The rows of one package. Numbers index `Data.effects`, so that equal rows are stored once."""

    functions: dict[str, int] = {}
    classes: dict[str, int] = {}
    defaults: dict[str, int] = {}
    class_defaults: dict[str, int] = {}
    methods: dict[str, dict[str, int]] = {}
    types: dict[str, TypeInfo] = {}
    objects: dict[str, str] = {}
    aliases: dict[str, str] = {}


class Data(msgspec.Struct, frozen=True):
    """The compiled file. A package is decoded when a notebook first asks for one of its names."""

    digest: str
    effects: tuple[Effect, ...]
    unknown: dict[str, int]
    consensus: dict[str, int]
    packages: dict[str, msgspec.Raw]


class Tables:
    """The purity tables. Frozen: `without` gives a new object.

    Keys of rows: `function:random.shuffle`, `method:builtins.list:append`,
    `class:pandas.DataFrame`, `module:pandas`, `module-class:sklearn`, `unknown:head`.
    """

    def __init__(
        self,
        data: Data,
        removed: frozenset[str] = frozenset(),
        packages: dict[str, Rows] | None = None,
    ) -> None:
        self._data = data
        self._removed = removed
        self._packages: dict[str, Rows] = {} if packages is None else packages
        self._lineages: dict[str, tuple[str, ...]] = {}
        # the same few questions are asked all the time: each instance remembers its answers
        self.function = cache(self.function)  # type: ignore[method-assign]
        self.default = cache(self.default)  # type: ignore[method-assign]
        self.method = cache(self.method)  # type: ignore[method-assign]
        self.any_method = cache(self.any_method)  # type: ignore[method-assign]
        self.type = cache(self.type)  # type: ignore[method-assign]
        self.is_class = cache(self.is_class)  # type: ignore[method-assign]

    def _rows(self, name: str) -> Rows:
        """The rows of the package that `name` belongs to."""
        package = name.partition(".")[0]
        rows = self._packages.get(package)
        if rows is None:
            raw = self._data.packages.get(package)
            rows = _NO_ROWS if raw is None else msgspec.json.decode(raw, type=Rows)
            self._packages[package] = rows
        return rows

    @property
    def digest(self) -> str:
        """SHA-256 of the rows, hexadecimal; the same for the same rows whatever their order."""
        if not self._removed:
            return self._data.digest
        return self._data.digest + "-" + ",".join(sorted(self._removed))

    def resolve(self, qualname: str) -> str:
        """The public name: `pandas.core.frame.DataFrame` is `pandas.DataFrame`."""
        aliases = self._rows(qualname).aliases
        if qualname in aliases:
            return aliases[qualname]
        head = qualname
        while "." in head:
            head = head.rpartition(".")[0]
            if head in aliases:
                return self.resolve(aliases[head] + qualname[len(head) :])
        return qualname

    def function(self, qualname: str) -> Effect | None:
        """The row of a function, a constructor, or a method reached through its class or object.

        `random.shuffle`, `pandas.DataFrame`, `pandas.DataFrame.from_dict`, `scipy.stats.norm.rvs`;
        `str.upper(x)` is the method with its receiver as argument 0. Module defaults are not used.
        """
        name = self.resolve(qualname)
        data = self._rows(name)
        if name in data.functions:
            return self._effect(f"function:{name}", data.functions[name])
        if name in data.classes:
            effect = self._effect(f"class:{name}", data.classes[name])
            return effect if effect.type else msgspec.structs.replace(effect, type=name)
        if name in data.objects:
            return self.method(data.objects[name], "__call__")
        owner, _, last = name.rpartition(".")
        if owner in data.objects:
            return self.method(data.objects[owner], last)
        if owner in data.methods and last in data.methods[owner]:
            return _unbound(self._effect(f"method:{owner}:{last}", data.methods[owner][last]))
        return None

    def default(self, qualname: str) -> Effect | None:
        """What the package says of names that have no row; the longest prefix wins."""
        name = self.resolve(qualname)
        last = name.rpartition(".")[2]
        data = self._rows(name)
        tables: tuple[tuple[str, dict[str, int]], ...] = (("module", data.defaults),)
        if _CAMEL.match(last):
            tables = (("module-class", data.class_defaults), *tables)
        head = name
        while "." in head:
            head = head.rpartition(".")[0]
            for kind, rows in tables:
                if head in rows:
                    effect = self._effect(f"{kind}:{head}", rows[head])
                    return (
                        msgspec.structs.replace(effect, type=name)
                        if kind == "module-class"
                        else effect
                    )
        return None

    def method(self, type: str, name: str) -> Effect | None:
        """The row of a method of an instance: own type, bases, patterns, then the `*` of each."""
        lineage = (*self._lineage(self.resolve(type)), "builtins.object")
        for wanted in (name, "*"):
            if wanted == "*" and name.startswith("__"):
                return None
            for owner in lineage:
                rows = self._rows(owner).methods.get(owner)
                if rows is not None and wanted in rows:
                    return self._effect(f"method:{owner}:{wanted}", rows[wanted])
        return None

    def any_method(self, name: str) -> Effect | None:
        """What a method does to a receiver of unknown type.

        An `[unknown]` row, else what all tabled types with that method have in common, where all
        agree that it changes nothing.
        """
        data = self._data
        if name in data.unknown:
            return self._effect(f"unknown:{name}", data.unknown[name])
        if any(key.startswith("method:") and key.endswith(f":{name}") for key in self._removed):
            return consensus(
                self._effect(f"method:{owner}:{name}", rows[name])
                for package in data.packages
                for owner, rows in self._rows(package).methods.items()
                if name in rows
            )
        return data.effects[data.consensus[name]] if name in data.consensus else None

    def type(self, name: str) -> TypeInfo:
        """What is known of a type; an empty `TypeInfo` where nothing is. Bases are merged in."""
        found = [self._rows(t).types.get(t) for t in self._lineage(self.resolve(name))]
        infos = [info for info in found if info is not None]
        if not infos:
            return _NO_TYPE
        own = infos[0]
        if len(infos) == 1:
            return own
        attributes: dict[str, str] = {}
        for info in reversed(infos):
            attributes.update(info.attributes)
        return msgspec.structs.replace(
            own,
            immutable=own.immutable or any(i.immutable for i in infos),
            handle=own.handle or any(i.handle for i in infos),
            deep=any(i.deep for i in infos),
            attributes=attributes,
            index=next((i.index for i in infos if i.index != "view"), "view"),
            iter=next((i.iter for i in infos if i.iter != "view"), "view"),
            caches=tuple(dict.fromkeys(c for i in infos for c in i.caches)),
            draws=tuple(dict.fromkeys(c for i in infos for c in i.draws)),
        )

    def object(self, qualname: str) -> str:
        """The type of a library's module-level object, such as `sys.stdout`; else empty."""
        name = self.resolve(qualname)
        return self._rows(name).objects.get(name, "")

    def is_class(self, qualname: str) -> bool:
        """Calling it gives an instance of the type of that name."""
        name = self.resolve(qualname)
        data = self._rows(name)
        if name in data.classes:
            return True
        if name in data.functions or name in data.objects:
            return False
        if name in data.types or name in data.methods:
            return True
        effect = self.default(name)
        return effect is not None and effect.type == name

    def is_subtype(self, type: str, base: str) -> bool:
        """`type` is `base` or derives from it, as far as the tables know."""
        return base in self._lineage(self.resolve(type))

    def rows(self) -> Iterator[str]:
        """The keys of all rows, in a fixed order."""
        for package in self._data.packages:
            data = self._rows(package)
            yield from (f"function:{name}" for name in data.functions)
            yield from (f"class:{name}" for name in data.classes)
            yield from (f"module:{name}" for name in data.defaults)
            yield from (f"module-class:{name}" for name in data.class_defaults)
            for owner, methods in data.methods.items():
                yield from (f"method:{owner}:{name}" for name in methods)
        yield from (f"unknown:{name}" for name in self._data.unknown)

    def row(self, key: str) -> Effect:
        """The effect of one row. Raises KeyError where there is no such row."""
        kind, _, name = key.partition(":")
        data = self._rows(name)
        if kind == "method":
            owner, _, method = name.rpartition(":")
            return self._effect(key, data.methods[owner][method])
        table = {
            "function": data.functions,
            "class": data.classes,
            "module": data.defaults,
            "module-class": data.class_defaults,
            "unknown": self._data.unknown,
        }[kind]
        return self._effect(key, table[name])

    def everything(self) -> Rows:
        """The rows of all packages together, to go through them."""
        merged: dict[str, dict[str, Any]] = {field: {} for field in Rows.__struct_fields__}
        for package in self._data.packages:
            for field, entries in merged.items():
                entries.update(getattr(self._rows(package), field))
        return Rows(**merged)

    def without(self, row_key: str) -> Tables:
        """Tables that wrongly call this row pure, to prove that the runtime guard notices."""
        self.row(row_key)
        return Tables(self._data, self._removed | {row_key}, self._packages)

    def _effect(self, key: str, number: int) -> Effect:
        return PURE if key in self._removed else self._data.effects[number]

    def _lineage(self, name: str) -> tuple[str, ...]:
        """The type, its bases depth first, then the patterns that match one of them."""
        if name in self._lineages:
            return self._lineages[name]
        seen: dict[str, None] = {}
        stack = [name]
        while stack:
            current = stack.pop()
            if current in seen:
                continue
            seen[current] = None
            info = self._rows(current).types.get(current)
            if info is not None:
                stack.extend(self.resolve(base) for base in reversed(info.bases))
        patterns = {
            pattern
            for type in seen
            for pattern in self._rows(type).methods
            if "*" in pattern and fnmatchcase(type, pattern)
        }
        self._lineages[name] = lineage = (*seen, *sorted(patterns, key=lambda g: (-len(g), g)))
        return lineage


def _unbound(effect: Effect) -> Effect:
    """A method's row for a call through its class: the receiver is argument 0."""

    def shift(argument: str) -> str:
        if argument == "self":
            return "0"
        return str(int(argument) + 1) if argument.isdigit() else argument

    def channel(name: str) -> str:
        head, colon, tail = name.rpartition(":")
        return head + colon + shift(tail) if colon and tail.isdigit() else name

    return msgspec.structs.replace(
        effect,
        mutates=tuple(map(shift, effect.mutates)),
        keeps=tuple(map(shift, effect.keeps)),
        calls=tuple(map(shift, effect.calls)),
        reads=tuple(map(channel, effect.reads)),
        sets=tuple(map(channel, effect.sets)),
        file_read=shift(effect.file_read),
        file_write=shift(effect.file_write),
        table_read=shift(effect.table_read),
        returns="view" if effect.returns == "self" else effect.returns,
    )


_NO_ROWS = Rows()


@cache
def load() -> Tables:
    """The tables that ship with cellweave."""
    return Tables(msgspec.json.decode(DATA.read_bytes(), type=Data))
