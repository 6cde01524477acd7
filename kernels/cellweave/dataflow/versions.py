"""A table whose every entry remembers its value after each cell that wrote it.

Reading a key *at* a position gives what the last writer before that position left. It is what
makes an edit cheap: only cells that read a key whose value changed are interpreted again.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Versions(Generic[K, V]):
    """Key → [(position, value)], with an index of who read what."""

    def __init__(self) -> None:
        self._at: dict[K, list[int]] = {}
        self._values: dict[K, dict[int, V]] = {}
        self._readers: dict[K, set[int]] = {}

    def read(self, key: K, position: int) -> V | None:
        """The value that cells before `position` left; `None` where there is none."""
        at = self._at.get(key)
        if not at:
            return None
        i = bisect_left(at, position)
        return self._values[key][at[i - 1]] if i else None

    def writer(self, key: K, position: int) -> int | None:
        """The position of the last writer before `position`."""
        at = self._at.get(key)
        if not at:
            return None
        i = bisect_left(at, position)
        return at[i - 1] if i else None

    def write(self, key: K, position: int, value: V) -> bool:
        """Set the value left by `position`; true where that changes anything."""
        values = self._values.get(key)
        if values is None:
            self._values[key] = {position: value}
            self._at[key] = [position]
            return True
        if position in values:
            if values[position] == value:
                return False
            values[position] = value
            return True
        values[position] = value
        insort(self._at[key], position)
        return True

    def erase(self, key: K, position: int) -> None:
        """Take back what `position` wrote."""
        del self._values[key][position]
        self._at[key].remove(position)

    def note_reader(self, key: K, position: int) -> None:
        readers = self._readers.get(key)
        if readers is None:
            self._readers[key] = {position}
        else:
            readers.add(position)

    def drop_reader(self, key: K, position: int) -> None:
        self._readers[key].discard(position)

    def readers_after(self, key: K, position: int) -> list[int]:
        """Readers that see what `position` wrote: up to and including the next writer."""
        readers = self._readers.get(key)
        if not readers:
            return []
        at = self._at.get(key, [])
        i = bisect_left(at, position + 1)
        end = at[i] if i < len(at) else None
        return [r for r in readers if r > position and (end is None or r <= end)]

    def keys(self) -> list[K]:
        return list(self._at)

    def positions(self, key: K) -> list[int]:
        return self._at.get(key, [])
