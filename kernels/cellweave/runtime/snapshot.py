"""What the namespace holds after each cell, so that two runs can be compared cell by cell.

With the environment variable `CELLWEAVE_SNAPSHOT` set to a folder, every user's cell is followed
by `<folder>/<cell>.json`: for each data variable its digest, its type and, where the value is
small, a `preview`. `changed` lists the names that the cell bound or changed: each version of a
name is compared where it came into being.
"""

from __future__ import annotations

import json
import types
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from . import digest, previews, values

VARIABLE = "CELLWEAVE_SNAPSHOT"
_IPYTHON = frozenset({"In", "Out", "get_ipython", "exit", "quit", "open"})
_OWN = ("cellweave_io", "cellweave_runtime", "cellweave_workdir")
_SHOWN_CHARACTERS = 200

_before: dict[str, str] = {}


def data_variables(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The variables that hold data of the user's: no modules, no underscore, nothing of IPython."""
    return {
        name: value
        for name, value in namespace.items()
        if not name.startswith("_")
        and name not in _IPYTHON
        and name not in _OWN
        and not isinstance(value, types.ModuleType)
    }


def write(
    folder: Path, cell: str, namespace: Mapping[str, Any], *, written: Iterable[str] = ()
) -> None:
    """Write the snapshot that follows `cell`; `written` are names it is known to write."""
    names: dict[str, Any] = {}
    for name, value in data_variables(namespace).items():
        names[name] = {
            "digest": digest.digest(value),
            "type": previews.type_name(value),
            "preview": previews.preview(value).get("head", "")[:_SHOWN_CHARACTERS],
        }
    changed = {name for name, entry in names.items() if _before.get(name) != entry["digest"]}
    changed.update(name for name in _before if name not in names)
    _before.clear()
    _before.update({name: entry["digest"] for name, entry in names.items()})
    folder.mkdir(parents=True, exist_ok=True)
    record = {
        "cell": cell,
        "names": names,
        "changed": sorted(changed),
        "written": sorted(name for name in written if not name.startswith("~")),
    }
    path = folder / f"{values.folder(folder, 'x', cell).name}.json"
    values.replace(path, [json.dumps(record).encode("utf-8", "backslashreplace")])


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """All snapshots of a run by cell."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        record = json.loads(path.read_bytes())
        found[record["cell"]] = record
    return found


def compare(plain: Path, other: Path) -> list[dict[str, str]]:
    """Where `other` differs from the plain run: cell, name, and what each of them had.

    A name is compared after each cell that changed it in the plain run, and after each cell that
    says it writes it; a cell without a snapshot in `other` is reported once, without a name.
    """
    expected, found = read(plain), read(other)
    differences = []
    for cell, record in expected.items():
        if cell not in found:
            differences.append({"cell": cell, "name": "", "plain": "ran", "other": "did not run"})
            continue
        mine = found[cell]
        names = {*record["changed"], *(name for name in mine["written"] if name in record["names"])}
        for name in sorted(names):
            one, two = record["names"].get(name), mine["names"].get(name)
            if (one and one["digest"]) != (two and two["digest"]):
                differences.append(
                    {"cell": cell, "name": name, "plain": _shown(one), "other": _shown(two)}
                )
    return differences


def _shown(entry: Mapping[str, Any] | None) -> str:
    return f"{entry['type']}: {entry['preview']}" if entry else "undefined"
