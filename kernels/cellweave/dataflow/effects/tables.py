"""Look-ups in the purity tables: what is known of a library function, method or type.

The data is `tables.json`, compiled from the TOML files beside it by `compile.py`. Nothing here
imports a library or decides what an effect means; an answer of `None` says that nothing is known,
and the caller must then assume that the call may change, keep and return whatever it is given.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from cellweave.dataflow.effects.model import Effect, Returns, TypeInfo

PURE = Effect(returns="fresh")
"""What a row becomes when a test leaves it out with `Tables.without`."""
DATA = Path(__file__).with_name("tables.json")

_CAMEL = re.compile(r"_*[A-Z]\w*[a-z]\w*$|_*[A-Z]{2,6}$|_*[A-Z]$")
_NO_TYPE = TypeInfo()
_SEED_KEYWORDS = frozenset({"random_state", "seed", "rng"})
_TARGET_KEYWORDS = frozenset({"out", "output", "ax", "axes"})
_NEEDS_COPY = frozenset({"copy", "copy_X", "deep"})


class Data(msgspec.Struct, frozen=True):
    """The compiled file. Numbers index `effects`, so that equal rows are stored once."""

    digest: str
    effects: tuple[Effect, ...]
    functions: dict[str, int]
    defaults: dict[str, int]
    class_defaults: dict[str, int]
    methods: dict[str, dict[str, int]]
    types: dict[str, TypeInfo]
    classes: dict[str, int]
    unknown: dict[str, int]
    consensus: dict[str, int]
    objects: dict[str, str]
    aliases: dict[str, str]


class Tables:
    """The purity tables. Frozen: `without` gives a new object.

    Keys of rows: `function:random.shuffle`, `method:builtins.list:append`,
    `class:pandas.DataFrame`, `module:pandas`, `module-class:sklearn`, `unknown:head`.
    """

    def __init__(self, data: Data, removed: frozenset[str] = frozenset()) -> None:
        self._data = data
        self._removed = removed
        self._globs = sorted((t for t in data.methods if "*" in t), key=len, reverse=True)
        self._lineages: dict[str, tuple[str, ...]] = {}
        # look-ups are asked again and again: an instance remembers its answers
        self.function = cache(self.function)  # type: ignore[method-assign]
        self.default = cache(self.default)  # type: ignore[method-assign]
        self.method = cache(self.method)  # type: ignore[method-assign]
        self.any_method = cache(self.any_method)  # type: ignore[method-assign]
        self.type = cache(self.type)  # type: ignore[method-assign]
        self.is_class = cache(self.is_class)  # type: ignore[method-assign]

    @property
    def digest(self) -> str:
        """SHA-256 of the rows, hexadecimal; the same for the same rows whatever their order."""
        if not self._removed:
            return self._data.digest
        return self._data.digest + "-" + ",".join(sorted(self._removed))

    def resolve(self, qualname: str) -> str:
        """The public name: `pandas.core.frame.DataFrame` is `pandas.DataFrame`."""
        aliases = self._data.aliases
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
        data = self._data
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
        tables: tuple[tuple[str, dict[str, int]], ...] = (("module", self._data.defaults),)
        if _CAMEL.match(last):
            tables = (("module-class", self._data.class_defaults), *tables)
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
        methods = self._data.methods
        for wanted in (name, "*"):
            if wanted == "*" and name.startswith("__"):
                return None
            for owner in lineage:
                rows = methods.get(owner)
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
                for owner, rows in data.methods.items()
                if name in rows
            )
        return data.effects[data.consensus[name]] if name in data.consensus else None

    def type(self, name: str) -> TypeInfo:
        """What is known of a type; an empty `TypeInfo` where nothing is. Bases are merged in."""
        lineage = [t for t in self._lineage(self.resolve(name)) if t in self._data.types]
        if not lineage:
            return _NO_TYPE
        own = self._data.types[lineage[0]]
        if len(lineage) == 1:
            return own
        infos = [self._data.types[t] for t in lineage]
        attributes: dict[str, str] = {}
        for info in reversed(infos):
            attributes.update(info.attributes)
        return msgspec.structs.replace(
            own,
            immutable=own.immutable or any(i.immutable for i in infos),
            handle=own.handle or any(i.handle for i in infos),
            attributes=attributes,
            index=next((i.index for i in infos if i.index != "view"), "view"),
            iter=next((i.iter for i in infos if i.iter != "view"), "view"),
            caches=tuple(dict.fromkeys(c for i in infos for c in i.caches)),
            draws=tuple(dict.fromkeys(c for i in infos for c in i.draws)),
        )

    def object(self, qualname: str) -> str:
        """The type of a library's module-level object, such as `sys.stdout`; else empty."""
        return self._data.objects.get(self.resolve(qualname), "")

    def is_class(self, qualname: str) -> bool:
        """Calling it gives an instance of the type of that name."""
        name = self.resolve(qualname)
        data = self._data
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
        data = self._data
        for kind, rows in (
            ("function", data.functions),
            ("class", data.classes),
            ("module", data.defaults),
            ("module-class", data.class_defaults),
            ("unknown", data.unknown),
        ):
            yield from (f"{kind}:{name}" for name in rows)
        for owner, methods in data.methods.items():
            yield from (f"method:{owner}:{name}" for name in methods)

    def row(self, key: str) -> Effect:
        """The effect of one row. Raises KeyError where there is no such row."""
        kind, _, name = key.partition(":")
        data = self._data
        if kind == "method":
            owner, _, method = name.rpartition(":")
            return self._effect(key, data.methods[owner][method])
        table = {
            "function": data.functions,
            "class": data.classes,
            "module": data.defaults,
            "module-class": data.class_defaults,
            "unknown": data.unknown,
        }[kind]
        return self._effect(key, table[name])

    def without(self, row_key: str) -> Tables:
        """Tables that wrongly call this row pure, to prove that the runtime guard notices."""
        self.row(row_key)
        return Tables(self._data, self._removed | {row_key})

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
            info = self._data.types.get(current)
            if info is not None:
                stack.extend(self.resolve(base) for base in reversed(info.bases))
        patterns = [g for g in self._globs if any(fnmatchcase(t, g) for t in seen)]
        self._lineages[name] = lineage = (*seen, *patterns)
        return lineage


def at_call(effect: Effect, keywords: Mapping[str, object], positional: int = 0) -> Effect:
    """The effect of one call, given what its keywords say.

    `keywords` maps each keyword of the call to its constant, or to `...` where it is no constant;
    `positional` counts the positional arguments. Handles `inplace=`, `out=`, `ax=`, `copy=False`,
    `overwrite_…=` and `random_state=`, which mean the same in every library of the tables.
    """
    mutates = list(effect.mutates)
    returns: Returns = effect.returns
    draws = effect.draws
    if effect.inplace and keywords.get("inplace", False) is not False:
        mutates.append("self")
        returns = "self" if keywords["inplace"] is ... else "none"
    for name, value in keywords.items():
        if name in _TARGET_KEYWORDS and value is not None:
            mutates.append(name)
            returns = "unknown"
        elif name in _SEED_KEYWORDS and value is ...:
            mutates.append(name)
        elif name in _NEEDS_COPY and value is not True and returns == "fresh":
            returns = "view"
        overwrites = name.startswith("overwrite") or (name == "copy" and name in effect.mutates)
        if overwrites and value is not (name == "copy"):
            mutates.extend(str(i) for i in range(min(positional, 2)))
    optional = [x for x in effect.mutates if x.isdigit()] if "out" in effect.mutates else []
    if returns in ("fresh", "view") and any(int(x) < positional for x in optional):
        returns = "unknown"
    if draws and any(keywords.get(k) is not None for k in _SEED_KEYWORDS):
        draws = ()
    if tuple(mutates) == effect.mutates and returns == effect.returns and draws == effect.draws:
        return effect
    return msgspec.structs.replace(
        effect,
        mutates=tuple(dict.fromkeys(mutates)),
        returns=returns,
        draws=draws,
        inplace=False,
    )


def consensus(effects: Iterable[Effect]) -> Effect | None:
    """One effect that is true of all, or None where one of them changes something."""
    found = list(effects)
    if not found or any(not _asks_first(e) or e.opaque or e.sets for e in found):
        return None
    returns = {e.returns for e in found}
    types = {e.type for e in found}
    merged: dict[str, Any] = {
        "mutates": tuple(
            dict.fromkeys(x for e in found for x in e.mutates if x in _TARGET_KEYWORDS)
        )
    }
    merged |= {
        field: tuple(dict.fromkeys(x for e in found for x in getattr(e, field)))
        for field in ("keeps", "calls", "draws", "reads")
    }
    for flag in ("inplace", "impure", "handle", "pyplot"):
        merged[flag] = any(getattr(e, flag) for e in found)
    for text in ("file_read", "file_write", "table_read"):
        merged[text] = next((getattr(e, text) for e in found if getattr(e, text)), "")
    return Effect(
        returns=_weakest(returns), type=types.pop() if len(types) == 1 else "", **merged
    )


def _asks_first(effect: Effect) -> bool:
    """It changes nothing but a target that the call names for it (`out=`, `ax=`, a file)."""
    return (
        not effect.mutates
        or bool(effect.file_write and "self" not in effect.mutates)
        or all(x in _TARGET_KEYWORDS for x in effect.mutates)
        or ("out" in effect.mutates and all(x == "out" or x.isdigit() for x in effect.mutates))
    )


def _weakest(returns: Collection[Returns]) -> Returns:
    """The answer that promises least."""
    if len(returns) == 1:
        return next(iter(returns))
    order: tuple[Returns, ...] = ("unknown", "view", "self", "elem", "args", "elems")
    found: Returns = next((r for r in order if r in returns), "fresh")
    return "view" if found in ("self", "elem") else found


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


@cache
def load() -> Tables:
    """The tables that ship with cellweave."""
    return Tables(msgspec.json.decode(DATA.read_bytes(), type=Data))
