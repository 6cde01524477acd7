"""How a value becomes the bytes of a file, and back.

    pickle   the reference: protocol 5, buffers beside the stream, aligned for memory maps
    json     small plain trees of exactly str, int, float, bool, None, list and dict with str keys
    npy      plain numpy arrays

JSON and npy let other programs read a value without unpickling it. They are used only where
reading back what was just written gives the very same structure and types.
"""

from __future__ import annotations

import io
import json
import math
import struct
from collections.abc import Iterable
from typing import Any

from . import libraries, pickling, rebuild

MAGIC = b"CWV1"
_ALIGN = 64
_LARGEST_JSON = 10_000
"""Items in a tree; beyond, pickle is smaller and faster."""


def encode_plain(value: object) -> tuple[str, list[Any]] | None:
    """(codec, chunks) where JSON or npy is proven to hold `value`, else None."""
    if type(value) in {str, int, float, bool, type(None), list, dict}:
        if _tree_size(value, {}) <= _LARGEST_JSON:
            text = json.dumps(value)
            if _same(json.loads(text), value):
                return "json", [text.encode()]
    elif _plain_array(value):
        return _npy(value)
    return None


def encode_pickle(payload: pickling.Payload) -> tuple[str, list[Any]]:
    """The chunks of a pickled value: magic, header length, header, stream, buffers."""
    views = [memoryview(buffer.raw()) for buffer in payload.buffers]
    table = []
    at = _aligned(len(payload.stream))
    for view in views:
        table.append([at, view.nbytes, view.readonly])
        at = _aligned(at + view.nbytes)
    header = json.dumps({"stream": len(payload.stream), "buffers": table}).encode()
    start = len(MAGIC) + 4 + len(header)
    chunks: list[Any] = [MAGIC, struct.pack("<I", len(header)), header, _pad(start), payload.stream]
    for size, view in zip([len(payload.stream), *(view.nbytes for view in views)], views):
        chunks += [_pad(size), view]
    return "pickle", chunks


def decode(codec: str, data: memoryview) -> Any:
    """The value in the bytes of a file; `data` may be a private memory map."""
    if codec == "json":
        return json.loads(bytes(data))
    if codec == "npy":
        numpy = rebuild.make_module("numpy")
        shape, dtype, start = _npy_header(data)
        return numpy.frombuffer(data[start:], dtype=dtype).reshape(shape).copy()
    if bytes(data[:4]) != MAGIC:
        raise ValueError("not a stored value")
    (length,) = struct.unpack("<I", data[4:8])
    header = json.loads(bytes(data[8 : 8 + length]))
    start = _aligned(8 + length)
    stream = data[start : start + header["stream"]]
    buffers = []
    for at, size, readonly in header["buffers"]:
        part = data[start + at : start + at + size]
        buffers.append(part.toreadonly() if readonly else part)
    return pickling.loads(stream, buffers)


def _aligned(size: int) -> int:
    return -(-size // _ALIGN) * _ALIGN


def _pad(size: int) -> bytes:
    return b"\0" * (_aligned(size) - size)


def _tree_size(value: Any, seen: dict[int, Any]) -> float:
    """The number of items of a tree; infinite where it is no plain tree."""
    kind = type(value)
    if kind is float:
        return 1 if math.isfinite(value) else math.inf
    if kind is int:
        return 1 if value.bit_length() < 4000 else math.inf
    if kind in {str, bool, type(None)}:
        return 1
    if kind not in {list, dict} or id(value) in seen:
        return math.inf
    seen[id(value)] = value
    items: Iterable[Any] = value
    if kind is dict:
        if not all(type(key) is str for key in value):
            return math.inf
        items = value.values()
    size = 1.0
    for item in items:
        size += _tree_size(item, seen)
        if size > _LARGEST_JSON:
            return math.inf
    return size


def _same(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if type(one) is list:
        return len(one) == len(other) and all(map(_same, one, other))
    if type(one) is dict:
        return list(one) == list(other) and all(map(_same, one.values(), other.values()))
    return repr(one) == repr(other)


def _plain_array(value: Any) -> bool:
    if not libraries.is_array(value):
        return False
    numpy = libraries.module("numpy")
    return (
        type(value) is numpy.ndarray
        and value.dtype.kind in "biufcSU"
        and value.dtype.itemsize > 0
        and value.dtype.metadata is None
        and value.flags.c_contiguous
        and value.flags.writeable
    )


def _npy(value: Any) -> tuple[str, list[Any]] | None:
    numpy = libraries.module("numpy")
    head = io.BytesIO()
    fields = {"descr": value.dtype.str, "fortran_order": False, "shape": value.shape}
    numpy.lib.format.write_array_header_1_0(head, fields)
    shape, dtype, _ = _npy_header(head.getvalue())
    if shape != value.shape or dtype != value.dtype:
        return None
    flat = value.reshape(-1).view(numpy.uint8)
    return "npy", [head.getvalue(), memoryview(flat)]


def _npy_header(data: Any) -> tuple[Any, Any, int]:
    """Shape and dtype that the head of an npy file gives, and where its items start."""
    numpy = rebuild.make_module("numpy")
    file = io.BytesIO(bytes(data[:65536]))
    numpy.lib.format.read_magic(file)
    shape, _, dtype = numpy.lib.format.read_array_header_1_0(file)
    return shape, dtype, file.tell()
