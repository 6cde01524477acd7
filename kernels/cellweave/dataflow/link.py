"""From the records of single cells to the versions that each takes from which other.

For every name there is a *chain* of events in notebook order: reads, strong writes (bind or
delete), and weak writes (bound on some path, or an object it reaches changed in place). A weak
write takes the version before it and makes the next one, but only while somebody reads the name
later. A consumer takes the version of the last writer.

Names that reach one object which a later cell changes are a group: whoever writes one of them
once they share it hands on all of them, so that the sharing is still there where it matters.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

import msgspec

from cellweave.dataflow.heap import BOUND, UNBOUND, Binding, Obj
from cellweave.dataflow.record import Record
from cellweave.dataflow.state import OPAQUE, STAR
from cellweave.dataflow.world import World

RANDOM = ("~random", "~numpy.random", "~torch.random")
"""Channels that only a seed brings into being: an unseeded draw is fresh in every process."""


class Event(msgspec.Struct):
    """What one cell does to one name."""

    read: bool = False
    read_line: int = 0
    read_cause: str = ""
    write: str = ""
    """`strong`, `kill`, `weak` (bound on some path), `change` (in place), `hand` (group member)."""
    possible: bool = False
    line: int = 0
    cause: str = ""
    sets: bool = False
    """It sets a channel of process state, as a seed does, and does not only draw from it."""


class Take(msgspec.Struct, frozen=True):
    """A cell takes the version of `name` that `writer` made."""

    name: str
    writer: int
    read_line: int


class Chains:
    """The events of all names, and what follows from them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.events: dict[str, dict[int, Event]] = {}
        self.order: dict[str, list[int]] = {}
        self.cells: dict[int, list[str]] = {}
        self.takes: dict[str, list[tuple[int, Take]]] = {}
        self.last_change: dict[str, int] = {}
        self.groups = False
        """Some cell hands on a name that it does not write itself."""

    # ----------------------------------------------------------- building

    def build(self, records: list[Record]) -> None:
        """Make the chains of a whole notebook."""
        self.events = {}
        self.last_change = {}
        for position, record in enumerate(records):
            for name, event in cell_events(self.world, record, position, self).items():
                self.events.setdefault(name, {})[position] = event
        self._from_opaque(records)
        self._channels_exist()
        self.order = {name: sorted(at) for name, at in self.events.items()}
        self._groups(records)
        self.cells = {}
        self.takes = {}
        for name, events in self.events.items():
            at = self.order[name] = sorted(events)
            for position in at:
                self.cells.setdefault(position, []).append(name)
                if events[position].write in ("change", "hand"):
                    self.last_change[name] = position
            self.takes[name] = list(self._chain(name))

    def _from_opaque(self, records: list[Record]) -> None:
        """A name that nothing visible binds comes from the opaque cell above its first use."""
        for position, record in enumerate(records):
            for name, line in record.from_opaque.items():
                maker = self.world.names.writer(OPAQUE, position)
                if maker is None:
                    continue
                source = self.events.setdefault(name, {}).setdefault(maker, Event())
                if not source.write:
                    source.write, source.possible = "weak", True
                    source.line, source.cause = (
                        records[maker].binds[OPAQUE].line,
                        records[maker].opaque,
                    )
                use = self.events[name].setdefault(position, Event())
                if not use.read:
                    use.read, use.read_line = True, line

    def _channels_exist(self) -> None:
        """A random generator's channel begins where it is seeded; before that nobody shares it."""
        for name in RANDOM:
            events = self.events.get(name)
            if not events:
                continue
            seeds = [p for p, e in events.items() if e.sets]
            first = min(seeds, default=None)
            for position in list(events):
                if first is None or position < first:
                    del events[position]

    def _chain(self, name: str) -> Iterator[tuple[int, Take]]:
        events, order = self.events[name], self.order[name]
        needed: set[int] = set()
        live = False
        for position in reversed(order):
            event = events[position]
            if event.write in ("strong", "kill"):
                live = event.read
                if event.read:
                    needed.add(position)
            elif event.write:
                live = live or event.read
                if live:
                    needed.add(position)
            else:
                live = True
                needed.add(position)
        writer: int | None = None
        for position in order:
            event = events[position]
            if writer is not None and position in needed:
                yield position, Take(name, writer, event.read_line or event.line)
            if event.write == "kill":
                writer = None
            elif event.write:
                writer = position

    def replace(self, name: str, position: int, event: Event | None) -> None:
        """Give a cell's event of a name a new content, and make the name's chain again."""
        events = self.events.setdefault(name, {})
        if event is None:
            events.pop(position, None)
        else:
            events[position] = event
        self.order[name] = sorted(events)
        self.takes[name] = list(self._chain(name))

    def live_after(self, name: str, position: int) -> bool:
        """Does any cell after `position` use the version of `name` that is current there?"""
        order = self.order.get(name, [])
        for later in order[bisect_right(order, position) :]:
            event = self.events[name][later]
            if event.read or not event.write:
                return True
            if event.write in ("strong", "kill"):
                return False
        return False

    # ------------------------------------------------------------- groups

    def _groups(self, records: list[Record]) -> None:
        last: dict[Obj, int] = {}
        for position, record in enumerate(records):
            sensitive: list[Obj] = list(record.mutated)
            for value, _ in record.compared:
                sensitive.extend(
                    o
                    for o in self.world.reach(value, position)
                    if o.kind in ("data", "inst") and o.type != "builtins.object"
                )
            for obj in sensitive:
                names = [
                    name
                    for name in self.holding(obj, position)
                    if self._uses(name, position) or self.live_after(name, position)
                ]
                if len(names) > 1:
                    last[obj] = position
        for obj in sorted(last, key=lambda o: (last[o], str(o.key))):
            self._hand_on(obj, last[obj])

    def _uses(self, name: str, position: int) -> bool:
        event = self.events.get(name, {}).get(position)
        return event is not None and event.read

    def _hand_on(self, obj: Obj, before: int) -> None:
        """Whoever writes one of the names that share `obj` writes all of them that live on."""
        names = sorted(self.world.holders.get(obj, ()))
        writers = sorted({p for name in names for p in self._writers(name, before)})
        for position in writers:
            sharing = [
                name
                for name in names
                if self.live_after(name, position) and self.reaches(name, obj, position + 1)
            ]
            if len(sharing) < 2 or not any(self._writes(name, position) for name in sharing):
                continue
            for name in sharing:
                events = self.events.setdefault(name, {})
                event = events.get(position)
                if event is None:
                    event = events[position] = Event()
                    order = self.order.setdefault(name, [])
                    order.insert(bisect_left(order, position), position)
                if not event.write:
                    self.groups = True
                    writer = next(
                        (
                            self.events[n][position]
                            for n in sharing
                            if n != name
                            and self.events.get(n, {}).get(position)
                            and self.events[n][position].write
                        ),
                        None,
                    )
                    event.write = "hand"
                    event.line = event.line or (writer.line if writer else 0)
                    event.possible = bool(writer and writer.possible)
                    event.cause = "shares an object with " + ", ".join(
                        f"`{n}`" for n in sharing if n != name
                    )

    def _writes(self, name: str, position: int) -> bool:
        event = self.events.get(name, {}).get(position)
        return event is not None and bool(event.write)

    def _writers(self, name: str, before: int) -> Iterable[int]:
        events = self.events.get(name, {})
        return [p for p, e in events.items() if p < before and e.write and e.write != "kill"]

    def reaches(self, name: str, obj: Obj, position: int) -> bool:
        return obj in self.world.reach_of(name, position)

    def holding(self, obj: Obj, position: int) -> list[str]:
        """The names that reach `obj` just before `position`."""
        return sorted(
            name for name in self.world.holders.get(obj, ()) if self.reaches(name, obj, position)
        )


def cell_events(world: World, record: Record, position: int, chains: Chains) -> dict[str, Event]:
    """What one cell does to each name, channel of process state included."""
    out: dict[str, Event] = {}
    for name, (line, cause) in record.reads.items():
        if name not in (STAR, OPAQUE):
            out[name] = Event(read=True, read_line=line, read_cause=cause)
    for obj, mutation in record.mutated.items():
        for name in chains.holding(obj, position):
            event = out.setdefault(name, Event())
            if not event.write or (event.possible and not mutation.possible):
                event.write = "change"
                event.possible = mutation.possible
                event.line = mutation.line
                event.cause = mutation.cause
    for name, binding in record.binds.items():
        if name in (STAR, OPAQUE) or name.startswith("~"):
            continue
        event = out.setdefault(name, Event())
        event.line = binding.line
        if binding.weak:
            event.possible = False
            event.write = "weak"
            event.cause = "bound on some path only"
        elif binding.status == UNBOUND:
            event.write = "kill"
            event.cause = "deleted"
        else:
            event.write = "strong"
            event.possible = False
            event.cause = "bound"
    _opaque(world, record, position, out)
    _channels(world, record, out)
    return out


def _opaque(world: World, record: Record, position: int, out: dict[str, Event]) -> None:
    """Code that cannot be seen into may read and change every name there is."""
    if not record.opaque:
        return
    line = record.binds[OPAQUE].line if OPAQUE in record.binds else 1
    every = world.names.keys()
    for name in every:
        if name in (STAR, OPAQUE) or name in record.binds or name.startswith("~"):
            continue
        binding = world.names.read(name, position)
        if binding is None or binding.status == UNBOUND:
            continue
        if all(obj.kind in ("module", "lib") for obj in binding.value) and binding.value:
            continue
        event = out.setdefault(name, Event())
        if not event.read:
            event.read, event.read_line, event.read_cause = True, line, record.opaque
        if not event.write:
            event.write, event.possible, event.line, event.cause = "weak", True, line, record.opaque


def _channels(world: World, record: Record, out: dict[str, Event]) -> None:
    for use in record.channels:
        if use.channel == "~env:*" and use.use == "read":
            for name in world.environment:
                _use(out, name, "read", use.line, use.cause)
        else:
            _use(out, use.channel, use.use, use.line, use.cause)


def _use(out: dict[str, Event], channel: str, use: str, line: int, cause: str) -> None:
    event = out.get(channel)
    if event is None:
        event = out[channel] = Event()
    if not event.read and not event.write:
        event.read, event.read_line, event.read_cause = True, line, cause
    if use != "read":
        if use == "write":
            event.sets = True
        event.write = event.write or "change"
        event.line, event.cause = line, cause


def is_bound(binding: Binding | None) -> bool:
    return binding is not None and binding.status == BOUND
