"""Compile the purity tables: TOML that people edit → the one JSON file that `tables.py` loads.

Run `python -m cellweave.dataflow.effects.compile` after an edit; a test fails until it is done.
TOML is not read at run time because parsing it costs more than the whole start of the command.
"""

from __future__ import annotations

import hashlib
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec

from cellweave.dataflow.effects.adjust import consensus
from cellweave.dataflow.effects.model import Effect, Returns, TypeInfo
from cellweave.dataflow.effects.tables import DATA, Data, Rows

SECTIONS = frozenset(
    ("module", "functions", "methods", "types", "classes", "unknown", "objects", "aliases")
)
FLAGS = frozenset(f for f, t in Effect.__annotations__.items() if t == "bool")
LISTS = frozenset(f for f, t in Effect.__annotations__.items() if t.startswith("tuple"))
RETURNS = frozenset(get_args(Returns))


class TableError(ValueError):
    """A row that cannot be read. The message names the file and the row."""


def parse_row(text: str) -> Effect:
    """One row: bare flags, and `field:value` or `field:value,value`.

    Raises TableError for a word that is not in the vocabulary, or said twice.
    """
    fields: dict[str, Any] = {}
    for word in text.split():
        field, _, value = word.partition(":")
        if field in fields:
            raise TableError(f"`{field}` is said twice in `{text}`")
        if word in FLAGS:
            fields[word] = True
        elif not value:
            raise TableError(f"`{word}` is not a flag, in `{text}`")
        elif field in LISTS:
            fields[field] = tuple(value.split(","))
        elif field == "returns":
            if value not in RETURNS:
                raise TableError(f"`{value}` is not what a call can return, in `{text}`")
            fields[field] = value
        elif field in Effect.__struct_fields__ and field not in FLAGS:
            fields[field] = value
        else:
            raise TableError(f"`{word}` is not in the vocabulary, in `{text}`")
    return Effect(**fields)


def read_sources(folder: Path) -> Iterator[tuple[str, str, str, str, Any]]:
    """Each row of all files: file, section, owner (of a method or module row), name, value.

    Several names in one key, separated by spaces, are several rows.
    """
    for path in sorted(folder.glob("*.toml")):
        document: dict[str, dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))
        for section, entries in document.items():
            if section not in SECTIONS:
                raise TableError(f"{path.name}: no section is called `{section}`")
            for key, value in entries.items():
                for owner in key.split():
                    if section not in ("module", "methods"):
                        yield path.name, section, "", owner, value
                        continue
                    for names, row in value.items():
                        for name in names.split():
                            yield path.name, section, owner, name, row


def build(folder: Path) -> Data:
    """The compiled tables. Raises TableError for an unknown word or a row that is given twice."""
    effects: dict[Effect, int] = {}
    tables: dict[str, dict[str, Any]] = {s: {} for s in (*SECTIONS, "class_defaults")}
    seen: set[tuple[str, str, str]] = set()
    for file, section, owner, name, value in read_sources(folder):
        if (section, owner, name) in seen:
            raise TableError(f"{file}: `{owner or name}` `{name}` in [{section}] is a second row")
        seen.add((section, owner, name))
        if section in ("objects", "aliases"):
            tables[section][name] = value
            continue
        if section == "types":
            tables[section][name] = msgspec.convert(value, TypeInfo)
            unknown = set(value) - set(TypeInfo.__struct_fields__)
            if unknown:
                raise TableError(f"{file}: `{name}` has no field {sorted(unknown)}")
            continue
        try:
            effect = parse_row(value)
        except TableError as error:
            raise TableError(f"{file}: {owner} {name}: {error}") from None
        number = effects.setdefault(effect, len(effects))
        if section == "methods":
            tables[section].setdefault(owner, {})[name] = number
        elif section == "module":
            kinds = {"default": "module", "default_class": "class_defaults"}
            if name not in kinds:
                raise TableError(f"{file}: a module row is `default` or `default_class`")
            tables[kinds[name]][owner] = number
        else:
            tables[section][name] = number
    listed = tuple(effects)
    by_name: dict[str, list[Effect]] = {}
    for owner, rows in tables["methods"].items():
        for name, number in rows.items():
            if name != "*" and owner != "builtins.object":
                by_name.setdefault(name, []).append(listed[number])
    for name, found in by_name.items():
        shared = consensus(found)
        if shared is not None and name not in tables["unknown"] and not name.startswith("__"):
            effects.setdefault(shared, len(effects))
            by_name[name] = [shared]
        else:
            by_name[name] = []
    agreed = {name: effects[found[0]] for name, found in by_name.items() if found}
    sections = {
        "functions": tables["functions"],
        "classes": tables["classes"],
        "defaults": tables["module"],
        "class_defaults": tables["class_defaults"],
        "methods": tables["methods"],
        "types": tables["types"],
        "objects": tables["objects"],
        "aliases": tables["aliases"],
    }
    packages: dict[str, dict[str, dict[str, Any]]] = {}
    for field, entries in sections.items():
        for name, value in entries.items():
            package = packages.setdefault(name.partition(".")[0], {})
            package.setdefault(field, {})[name] = value
    order = sorted(effects, key=msgspec.json.encode)
    numbers = {effects[effect]: number for number, effect in enumerate(order)}
    return Data(
        digest=_digest(sections, tables["unknown"], listed),
        effects=tuple(order),
        unknown=_renumbered(tables["unknown"], numbers),
        consensus=_renumbered(agreed, numbers),
        packages={
            name: msgspec.Raw(
                msgspec.json.encode(
                    Rows(**{f: _renumbered(entries, numbers) for f, entries in package.items()}),
                    order="sorted",
                )
            )
            for name, package in sorted(packages.items())
        },
    )


def encode(data: Data) -> bytes:
    """The bytes of `tables.json`, which do not depend on the order of rows in the sources."""
    return msgspec.json.encode(data, order="sorted") + b"\n"


def _renumbered(entries: dict[str, Any], numbers: dict[int, int]) -> dict[str, Any]:
    return {
        name: numbers[value]
        if isinstance(value, int)
        else _renumbered(value, numbers)
        if isinstance(value, dict)
        else value
        for name, value in entries.items()
    }


def _digest(
    sections: dict[str, dict[str, Any]], unknown: dict[str, int], listed: tuple[Effect, ...]
) -> str:
    """Digest of the meaning: the effects themselves, not their numbers."""

    def spelled(value: Any) -> Any:
        if isinstance(value, int):
            return listed[value]
        if isinstance(value, dict):
            return {name: spelled(entry) for name, entry in value.items()}
        return value

    meaning = (spelled(sections), spelled(unknown))
    return hashlib.sha256(msgspec.json.encode(meaning, order="sorted")).hexdigest()


def main() -> None:
    """Write `tables.json`."""
    try:
        data = build(DATA.parent)
    except TableError as error:
        sys.exit(f"effects: {error}")
    DATA.write_bytes(encode(data))


if __name__ == "__main__":
    main()
