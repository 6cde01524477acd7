"""Stored versions of names, in files: `<io>/<task>/<cell>/index.json` and a file for each blob.

A version is what a name held just after a cell. Names of one cell that share something mutable
are written as one blob and come back sharing it; every other name has a blob of its own. A blob's
file is named by the hash of its content. All files are written beside their place, flushed to disk
and renamed, the index last: an index that exists names only blobs that are whole.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import re
import secrets
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Callable

from . import codecs, digest, pickling, previews
from .arrays import SharedMemoryError, clusters
from .errors import RuntimeFailure

FORMAT = 1
_MAPPED_BYTES = 1 << 20


def folder(io: Path, task: str, cell: str) -> Path:
    """Where the versions made by a cell are; odd characters of a cell id are escaped."""
    return io / _safe(task) / _safe(cell)


def _safe(part: str) -> str:
    text = re.sub(r"[^A-Za-z0-9_.-]", lambda found: f"%{ord(found.group()):x}", part)
    return text if text.strip(".") else f"%{text}"


# -- writing ------------------------------------------------------------------------------------


def write(
    io: Path,
    task: str,
    cell: str,
    values: Mapping[str, Any],
    *,
    undefined: Iterable[str] = (),
    hazards: Sequence[tuple[str, str]] = (),
    others: Mapping[str, Any] | None = None,
    surroundings: pickling.Surroundings | None = None,
    earlier: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Store `values` as made by `cell`, and return the index.

    `earlier` are entries of an index of the same cell and run, which stay.

    `hazards` are pairs of a stored name and another one (its value in `others`) that must share
    nothing mutable. Raises RuntimeFailure `unpicklable-output` or `alias-split`; then nothing of
    this cell is stored.
    """
    around = surroundings or pickling.Surroundings()
    several = len(values) > 1 or bool(hazards)
    payloads = {
        name: _pickled(name, value, cell, around, record=several) for name, value in values.items()
    }
    _refuse_splits(payloads, hazards, others or {}, cell, around)
    place = folder(io, task, cell)
    place.mkdir(parents=True, exist_ok=True)
    names: dict[str, Any] = {**(earlier or {})}
    names.update({name: {"undefined": True} for name in undefined})
    for group in _groups(payloads) if several else [list(payloads)]:
        if group:
            blob = _write_group(place, group, values, payloads, cell, around)
            for name in group:
                names[name] = {
                    **blob,
                    "key": name if len(group) > 1 else None,
                    "type": previews.type_name(values[name]),
                    "preview": previews.preview(values[name]),
                }
    sync_folder(place)
    index = {
        "format": FORMAT,
        "task": task,
        "cell": cell,
        "python": sys.implementation.cache_tag,
        "names": {name: names[name] for name in sorted(names)},
    }
    replace(place / "index.json", [json.dumps(index, indent=1).encode()])
    sync_folder(place)
    return index


def _pickled(
    name: str, value: Any, cell: str, around: pickling.Surroundings, *, record: bool
) -> pickling.Payload:
    try:
        payload = pickling.dumps(value, around, record=record)
        if pickling.doubtful(payload):
            _prove(name, value, payload)
    except RuntimeFailure as failure:
        failure.cell = failure.cell or cell
        raise
    except SharedMemoryError as shared:
        raise RuntimeFailure(
            "alias-split",
            f"`{name}` holds arrays of type {shared.kind} that look at one memory",
            cell=cell,
            name=name,
            help="store a copy, or keep the cells that use them in one task",
        ) from None
    except Exception as error:
        raise _unpicklable(name, value, cell, around, error) from None
    return payload


def _unpicklable(
    name: str, value: Any, cell: str, around: pickling.Surroundings, error: BaseException
) -> RuntimeFailure:
    path, part = pickling.locate(value, name, around)
    kind = previews.type_name(part)
    reason = "is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return RuntimeFailure(
        "unpicklable-output",
        f"`{path}` is a {kind}, which cannot travel to another task: {reason}",
        cell=cell,
        name=name,
        help="keep the cells that use it in one task, or make it where it is used",
    )


def _prove(name: str, value: Any, payload: pickling.Payload) -> None:
    """Read back what was just written, where its classes might not know how."""
    buffers = [bytearray(buffer.raw()) for buffer in payload.buffers]
    back = pickling.loads(payload.stream, buffers)
    if pickling.own_instances(payload):
        where = digest.difference(digest.tree(value), digest.tree(back))
        if where is not None:
            raise RuntimeFailure(
                "unpicklable-output",
                f"`{name}{where}` comes back changed when it is read",
                name=name,
                help="see how its class pickles (`__reduce__`, `__getstate__`)",
            )


def _refuse_splits(
    payloads: Mapping[str, pickling.Payload],
    hazards: Sequence[tuple[str, str]],
    others: Mapping[str, Any],
    cell: str,
    around: pickling.Surroundings,
) -> None:
    scanned: dict[str, pickling.Payload] = dict(payloads)
    for stored, other in hazards:
        if stored not in payloads or (other not in scanned and other not in others):
            continue
        if other not in scanned:
            scanned[other] = pickling.scan(others[other], around)
        what = _common(scanned[stored], scanned[other])
        if what:
            raise RuntimeFailure(
                "alias-split",
                f"`{stored}` and `{other}` share a {what}, and a later cell changes one of them",
                cell=cell,
                name=stored,
                help="copy it where it is shared, or keep these cells in one task",
                kind=other,
            )


def _common(one: pickling.Payload, other: pickling.Payload) -> str:
    """The type of something mutable that both hold, or nothing."""
    for key in one.shared.keys() & other.shared.keys():
        if key not in one.in_classes or key not in other.in_classes:
            return previews.type_name(one.shared[key])
    return "numpy memory" if _overlap(one, other) else ""


def _overlap(one: pickling.Payload, other: pickling.Payload) -> bool:
    mine, theirs = one.reducers.arrays.met, other.reducers.arrays.met
    if not mine or not theirs:
        return False
    for cluster in clusters(list({**mine, **theirs}.values())):
        ids = {id(array) for array in cluster}
        if ids & mine.keys() and ids & theirs.keys():
            return True
    return False


def _groups(payloads: Mapping[str, pickling.Payload]) -> list[list[str]]:
    """Names that share something, together; every other name alone."""
    owner: dict[str, str] = {name: name for name in payloads}

    def find(name: str) -> str:
        while owner[name] != name:
            name = owner[name]
        return name

    sharing: dict[int, list[str]] = {}
    direct: set[int] = set()
    arrays: dict[int, str] = {}
    met: list[Any] = []
    for name, payload in payloads.items():
        for key in payload.joined:
            sharing.setdefault(key, []).append(name)
        direct |= payload.joined - payload.in_classes
        for key, array in payload.reducers.arrays.met.items():
            arrays.setdefault(key, name)
            met.append(array)
    for key, names in sharing.items():
        if key in direct:
            for name in names[1:]:
                owner[find(name)] = find(names[0])
    for cluster in clusters(list({id(array): array for array in met}.values())):
        for array in cluster:
            owner[find(arrays[id(array)])] = find(arrays[id(cluster[0])])
    groups: dict[str, list[str]] = {}
    for name in payloads:
        groups.setdefault(find(name), []).append(name)
    return list(groups.values())


def _write_group(
    place: Path,
    group: Sequence[str],
    values: Mapping[str, Any],
    payloads: Mapping[str, pickling.Payload],
    cell: str,
    around: pickling.Surroundings,
) -> dict[str, Any]:
    if len(group) == 1:
        codec, chunks = codecs.encode_plain(values[group[0]]) or codecs.encode_pickle(
            payloads[group[0]]
        )
    else:
        together = {name: values[name] for name in group}
        payload = _pickled(", ".join(group), together, cell, around, record=False)
        codec, chunks = codecs.encode_pickle(payload)
    state = hashlib.blake2b(digest_size=32)
    for chunk in chunks:
        state.update(chunk)
    content = state.hexdigest()
    path = place / f"{content[:40]}.{codec}"
    replace(path, chunks)
    return {"blob": path.name, "codec": codec, "hash": content, "size": path.stat().st_size}


def replace(path: Path, chunks: Iterable[Any]) -> None:
    """Write a file so that it is there whole or not at all; its content is on disk before."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with temporary.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Flush the renames in a folder to disk."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def clear(io: Path, task: str) -> None:
    """Remove what an earlier run of a task stored, so that nobody takes it for this run's."""
    for index in (io / _safe(task)).glob("*/index.json"):
        index.unlink(missing_ok=True)
        for path in index.parent.iterdir():
            path.unlink(missing_ok=True)


# -- reading ------------------------------------------------------------------------------------


def read_index(io: Path, task: str, cell: str) -> dict[str, Any] | None:
    """The index of a cell's versions, or None when nothing was stored."""
    path = folder(io, task, cell) / "index.json"
    try:
        index: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise RuntimeFailure(
            "damaged-value", f"{path} is not readable: {error}", task=task, cell=cell
        ) from None
    return index


class Reader:
    """Reads versions; what came along in a group waits until its name is asked for too."""

    def __init__(self, io: Path) -> None:
        self.io = io
        self.waiting: dict[tuple[str, str, str], dict[str, Any]] = {}

    def read(
        self,
        refs: Iterable[tuple[str, str, str]],
        undefined: Callable[[str], None] = lambda _name: None,
    ) -> dict[str, Any]:
        """The values of (name, task, cell) references; `undefined` hears of names without one.

        Raises RuntimeFailure `missing-input` (naming the producer) or `damaged-value`.
        """
        found: dict[str, Any] = {}
        indexes: dict[tuple[str, str], dict[str, Any] | None] = {}
        for name, task, cell in refs:
            if (task, cell) not in indexes:
                indexes[task, cell] = read_index(self.io, task, cell)
            index = indexes[task, cell]
            entry = index["names"].get(name) if index else None
            if entry is None:
                raise RuntimeFailure(
                    "missing-input",
                    f"`{name}` is made by task `{task}`, which has not stored it",
                    name=name,
                    help=f"run task `{task}` first, with the same `cellweave_io`",
                )
            if entry.get("undefined"):
                undefined(name)
            else:
                found[name] = self._value(name, task, cell, entry)
        return found

    def _value(self, name: str, task: str, cell: str, entry: Mapping[str, Any]) -> Any:
        key = (task, cell, entry["blob"])
        group = self.waiting.get(key)
        if group is None or name not in group:
            value = _decode(folder(self.io, task, cell) / entry["blob"], name, task, cell, entry)
            if entry["key"] is None:
                return value
            group = self.waiting[key] = dict(value)
        value = group.pop(name)
        if not group:
            del self.waiting[key]
        return value


def read_value(io: Path, task: str, cell: str, name: str) -> Any:
    """One stored value, for a caller outside a task. NameError when it was stored as undefined."""
    missing: list[str] = []
    found = Reader(io).read([(name, task, cell)], missing.append)
    if missing:
        raise NameError(f"name {name!r} is not defined after cell {cell}")
    return found[name]


def _decode(path: Path, name: str, task: str, cell: str, entry: Mapping[str, Any]) -> Any:
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size >= _MAPPED_BYTES:
                data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
            else:
                data = memoryview(bytearray(file.read()))
    except OSError as error:
        raise _damaged(name, task, cell, str(error)) from None
    if hashlib.blake2b(data, digest_size=32).hexdigest() != entry["hash"]:
        raise _damaged(name, task, cell, "its content has another hash than when it was stored")
    try:
        return codecs.decode(entry["codec"], data)
    except RuntimeFailure as failure:
        failure.name = failure.name or name
        raise
    except Exception as error:
        raise _damaged(name, task, cell, f"{type(error).__name__}: {error}") from error


def _damaged(name: str, task: str, cell: str, reason: str) -> RuntimeFailure:
    return RuntimeFailure(
        "damaged-value",
        f"`{name}`, stored by task `{task}` after cell {cell}, cannot be read: {reason}",
        name=name,
        help=f"run task `{task}` again",
    )
