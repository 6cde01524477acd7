"""Which numpy arrays of one stored value look at the same memory, and how they are stored so.

    a = np.arange(6.0)
    b = a[::2]              # written together: one memory, and two views of it

Arrays that share nothing are stored alone, each with its own bytes. The first pass over a value
finds all its arrays; where some overlap, `plan` groups them and a second pass stores each group
once. An array with gaps between its items keeps them unless that would store more than four times
its size: sums over the copy then round as they did over the original.
"""

from __future__ import annotations

from array import array as Array  # noqa: N812 - `array` is a numpy array everywhere here
from mmap import mmap
from pickle import PickleBuffer
from typing import Any

from . import libraries, rebuild

_LARGEST_WINDOW = 4


class SharedMemoryError(Exception):
    """Arrays share memory in a way that cannot be stored; `kind` is the type at fault."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Memory:
    """A range of addresses that a group of arrays looks at."""

    def __init__(self, low: int, high: int) -> None:
        self.low = low
        self.high = high
        self.window = libraries.raw_view(low, high)


class Arrays:
    """The arrays that one pickler met, and where each finds its memory."""

    def __init__(self, bases: dict[int, Any] | None = None) -> None:
        self.met: dict[int, Any] = {}
        self.bases = bases or {}
        """For the id of an array: the `Memory` or the array that it is stored as a view of."""
        self.alone: dict[int, Memory] = {}
        self.storages: dict[int, Any] = {}
        """Tensors by the address of their storage."""

    def reduce(self, array: Any) -> Any:
        """How an array is stored."""
        numpy = libraries.module("numpy")
        self.met[id(array)] = array
        base = self.bases.get(id(array))
        if base is not None and base is not array:
            return self.view(array, base)
        if type(array) is not numpy.ndarray or array.dtype.hasobject or not array.dtype.itemsize:
            return NotImplemented
        if array.dtype.metadata is not None:
            return NotImplemented
        flags = array.flags
        if not (flags.c_contiguous or flags.f_contiguous):
            low, high = libraries.bounds(array)
            if high - low <= _LARGEST_WINDOW * array.nbytes:
                base = self.alone.setdefault(id(array), Memory(low, high))
                return self.view(array, base)
            array = array.copy(order="K")
            if not (array.flags.c_contiguous or array.flags.f_contiguous):
                return NotImplemented
        order = "C" if array.flags.c_contiguous else "F"
        data = array.reshape(-1, order=order).view(numpy.uint8)
        arguments = (PickleBuffer(data), array.dtype, array.shape, order, flags.writeable)
        return rebuild.make_array, arguments

    def view(self, array: Any, base: Any) -> Any:
        """An array as a view of a memory, or of another array."""
        numpy = libraries.module("numpy")
        kind = type(array)
        if kind is not numpy.ndarray and kind not in {numpy.matrix, numpy.recarray}:
            raise SharedMemoryError(kind.__qualname__)
        low = base.low if isinstance(base, Memory) else libraries.bounds(base)[0]
        offset = int(array.__array_interface__["data"][0]) - low
        return rebuild.make_view, (
            base,
            offset,
            array.dtype,
            array.shape,
            array.strides,
            array.flags.writeable,
            None if kind is numpy.ndarray else kind,
        )

    def tensor(self, tensor: Any) -> Any:
        """A tensor pickles alone; two that look at one storage would come back apart."""
        address = int(tensor.untyped_storage().data_ptr())
        if address and self.storages.setdefault(address, tensor) is not tensor:
            raise SharedMemoryError("torch.Tensor")
        return NotImplemented

    def owners(self) -> dict[int, Any]:
        """Objects other than arrays whose memory the arrays look at and may write to."""
        found = {}
        for array in self.met.values():
            base = array
            while libraries.is_array(base):
                base = base.base
            owner = base.obj if isinstance(base, memoryview) else base
            if isinstance(owner, (bytearray, Array, mmap)):
                found[id(owner)] = owner
        return found

    @staticmethod
    def memory(memory: Memory) -> Any:
        """How a `Memory` is stored."""
        return rebuild.make_memory, (PickleBuffer(memory.window),)


def clusters(arrays: list[Any]) -> list[list[Any]]:
    """Groups of at least two arrays whose memory overlaps."""
    spans = sorted(
        ((*libraries.bounds(array), number) for number, array in enumerate(arrays)),
    )
    found: list[list[Any]] = []
    end = -1
    for low, high, number in spans:
        if low == high:
            continue
        if low < end:
            found[-1].append(arrays[number])
        else:
            found.append([arrays[number]])
        end = max(end, high)
    return [group for group in found if len(group) > 1]


def plan(arrays: list[Any]) -> dict[int, Any]:
    """For each array that overlaps another: what it is stored as a view of."""
    bases: dict[int, Any] = {}
    for group in clusters(arrays):
        low = min(libraries.bounds(array)[0] for array in group)
        high = max(libraries.bounds(array)[1] for array in group)
        base: Any = _owner(group, low, high)
        if base is None:
            if any(array.dtype.hasobject for array in group):
                raise SharedMemoryError("object array")
            base = Memory(low, high)
        for array in group:
            bases[id(array)] = base
    return bases


def _owner(group: list[Any], low: int, high: int) -> Any:
    """The array that owns all of the group's memory, where it can be stored as a plain array."""
    numpy = libraries.module("numpy")
    found = group[0]
    while libraries.is_array(found.base):
        found = found.base
    flags = found.flags
    whole = found.base is None and (flags.c_contiguous or flags.f_contiguous)
    if type(found) is not numpy.ndarray or not whole or libraries.bounds(found) == (0, 0):
        return None
    start, end = libraries.bounds(found)
    if not start <= low <= high <= end:
        return None
    met = any(array is found for array in group)
    return found if met or found.dtype.hasobject else None
