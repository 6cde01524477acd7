"""From the records of single cells to the versions that each takes from which other.

For every name there is a *chain* of events in notebook order: reads, strong writes (bind or
delete), and weak writes (bound on some path, or an object it reaches changed in place). A weak
write takes the version before it and makes the next one, but only while somebody reads the name
later. A consumer takes the version of the last writer.

Names that reach one object which a later cell changes are a group: whoever writes one of them
once they share it hands on all of them, so that the sharing is still there where it matters.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

import msgspec

from cellweave.dataflow.heap import UNBOUND, Obj
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
        self.changeable: set[str] = set()
        """Names that may reach something that some cell changes in place."""
        self._alive: dict[str, tuple[list[int], list[bool]]] = {}
        self.groups = False
        """Some cell hands on a name that it does not write itself."""

    # ----------------------------------------------------------- building

    def build(self, records: list[Record]) -> None:
        """Make the chains of a whole notebook."""
        for position, record in enumerate(records):
            for name, event in base_events(self.world, record, position).items():
                self.events.setdefault(name, {})[position] = event
        self._from_opaque(records)
        self._channels_exist()
        self.order = {name: sorted(at) for name, at in self.events.items()}
        for name in self.events:
            self._note_liveness(name)
        for position, record in enumerate(records):
            if record.mutated:
                here: dict[str, Event] = {}
                for name in self.changed_names(record):
                    known = self.events.get(name, {}).get(position)
                    if known is not None:
                        here[name] = known
                self.add_changes(record, position, here)
                for name, changed in here.items():
                    self.events.setdefault(name, {})[position] = changed
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

    def changed_names(self, record: Record) -> set[str]:
        """Names that may reach what a cell changes: a superset."""
        names: set[str] = set()
        for obj in record.mutated:
            names |= self.world.holders.get(obj, set())
        self.changeable |= names
        return names

    def add_changes(self, record: Record, position: int, out: dict[str, Event]) -> None:
        """Add what changes in place do to the names that reach the objects and are still used.

        `out` holds the cell's events so far, of those names at least.
        """
        for obj, mutation in record.mutated.items():
            for name in sorted(self.world.holders.get(obj, ())):
                event = out.get(name)
                if event is None:
                    if not self.live_after(name, position):
                        continue
                elif event.write and not (event.possible and not mutation.possible):
                    continue
                if not self.reaches(name, obj, position):
                    continue
                if event is None:
                    event = out[name] = Event()
                event.write = "change"
                event.possible = mutation.possible
                event.line = mutation.line
                event.cause = mutation.cause

    def _note_liveness(self, name: str) -> None:
        """Remember from which of a name's events on its version is still used. Changes in place
        and handing on do not decide that, so they may come later.
        """
        events, order = self.events[name], self.order[name]
        alive = [False] * (len(order) + 1)
        for i in range(len(order) - 1, -1, -1):
            event = events[order[i]]
            if event.read or not event.write:
                alive[i] = True
            elif event.write not in ("strong", "kill"):
                alive[i] = alive[i + 1]
        self._alive[name] = (order, alive)

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
        self._note_liveness(name)
        self.takes[name] = list(self._chain(name))

    def live_after(self, name: str, position: int) -> bool:
        """Does any cell after `position` use the version of `name` that is current there?"""
        known = self._alive.get(name)
        return known is not None and known[1][bisect_right(known[0], position)]

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
                    for name in self.world.holders.get(obj, ())
                    if (self._uses(name, position) or self.live_after(name, position))
                    and self.reaches(name, obj, position)
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


def cell_events(world: World, record: Record, position: int, chains: Chains) -> dict[str, Event]:
    """What one cell does to each name, channels of process state and changes in place included."""
    out = base_events(world, record, position)
    chains.add_changes(record, position, out)
    return out


def base_events(world: World, record: Record, position: int) -> dict[str, Event]:
    """What one cell does to each name, but for changes in place."""
    out: dict[str, Event] = {}
    for name, (line, cause) in record.reads.items():
        if name not in (STAR, OPAQUE):
            out[name] = Event(read=True, read_line=line, read_cause=cause)
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
