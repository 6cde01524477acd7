"""Order between cells that use the same files. Files are shared, not copied: a write must follow
the reads and the write before it, and a read must follow the write.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch

from cellweave.dataflow.record import Record

UNKNOWN = ""


def file_edges(records: list[Record]) -> Iterator[tuple[int, int, str, str, int, int]]:
    """(source, target, name, cause, source line, target line) for each order that a file needs.

    Files whose names are not known are one file that only writers use.
    """
    writer: dict[str, tuple[int, int]] = {}
    readers: dict[str, list[tuple[int, int]]] = {}
    for position, record in enumerate(records):
        seen: set[tuple[int, int]] = set()
        for use in record.files:
            name = use.name
            label = f"~file:{name or '?'}"
            if use.write:
                before = list(readers.get(name, []))
                last = writer.get(name)
                if last is not None and (name == UNKNOWN or not before):
                    before.append(last)
                for source, line in before:
                    if source != position and (source, position) not in seen:
                        seen.add((source, position))
                        cause = (
                            "a file that it writes"
                            if (source, line) == last
                            else "it is read before it is written again"
                        )
                        yield source, position, label, cause, line, use.line
                yield from _made(name, writer, position, use.line, seen)
                writer[name] = (position, use.line)
                readers[name] = []
            elif any(c in name for c in "*?["):
                for made, (source, line) in writer.items():
                    if (
                        fnmatch(made, name)
                        and source != position
                        and (source, position) not in seen
                    ):
                        seen.add((source, position))
                        yield (
                            source,
                            position,
                            f"~file:{made}",
                            "a file that the pattern finds",
                            line,
                            use.line,
                        )
            elif name != UNKNOWN:
                last = writer.get(name)
                if last is not None and last[0] != position and (last[0], position) not in seen:
                    seen.add((last[0], position))
                    yield last[0], position, label, "a file that it writes", last[1], use.line
                readers.setdefault(name, []).append((position, use.line))
                yield from _made(name, writer, position, use.line, seen)


def _made(
    name: str,
    writer: dict[str, tuple[int, int]],
    position: int,
    line: int,
    seen: set[tuple[int, int]],
) -> Iterator[tuple[int, int, str, str, int, int]]:
    """The folders above a file must have been made."""
    for folder in _parents(name):
        made = writer.get(folder)
        if made is not None and made[0] != position and (made[0], position) not in seen:
            seen.add((made[0], position))
            yield made[0], position, f"~file:{folder}", "a folder that it makes", made[1], line


def _parents(name: str) -> Iterator[str]:
    while "/" in name and "://" not in name:
        name = name.rpartition("/")[0]
        if name:
            yield name
