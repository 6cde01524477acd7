"""The linked notebook as facts: roles, inputs, edges with reasons, sources, diagnostics."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from cellweave.dataflow import findings
from cellweave.dataflow.facts import (
    CellEdge,
    CellFacts,
    CellGraph,
    EdgeKind,
    External,
    MapFact,
)
from cellweave.dataflow.files import file_edges
from cellweave.dataflow.heap import CLASS, Obj
from cellweave.dataflow.link import Chains, Event, Take
from cellweave.dataflow.record import Record, option
from cellweave.dataflow.roles import Setup, find_setup, role_of
from cellweave.dataflow.state import STAR
from cellweave.dataflow.world import World
from cellweave.workflow.model import Reason

NOT_CARRIED = ("~module:", "~option:logging", "~option:sys")
"""Channels of process state that cannot be captured: their users share a process."""


Part = tuple[str, bool, Reason]
Key = tuple[int, int, EdgeKind]


class Assembly:
    """The linked notebook, kept so that `patch.py` can renew the parts that an edit touches."""

    not_carried = NOT_CARRIED

    def __init__(self, world: World, records: list[Record], chains: Chains, folder: str) -> None:
        self.world = world
        self.records = records
        self.chains = chains
        self.folder = folder
        self.setup: Setup = find_setup(records)
        self.inputs: dict[int, list[tuple[str, int, int]]] = {}
        """position → (name, writer, line of the read), setup left out."""
        self.from_setup: dict[int, list[tuple[str, int, str, int]]] = {}
        """position → (name, writer, item, line of the read)."""
        self.live: set[str] = set()
        self.starts: dict[int, list[str]] = {}
        """position → names of which it is the first writer that somebody takes from."""
        self.ends: dict[int, list[str]] = {}
        """position → names of which it is the last taker; channels left out of both."""
        for name, takes in chains.takes.items():
            if takes and not name.startswith("~"):
                self.starts.setdefault(min(t.writer for _, t in takes), []).append(name)
                self.ends.setdefault(max(p for p, _ in takes), []).append(name)
            for position, take in takes:
                self.note_take(name, position, take)
        self.facts: list[CellFacts] = []
        for position in range(len(records)):
            self._advance(position)
            self.facts.append(self._facts(position))
        self.file_keys: dict[int, list[Key]] = {}
        self.file_parts: dict[Key, list[Part]] = {}
        for source, target, name, cause, line, target_line in file_edges(records):
            reason = Reason(
                name=name,
                cause=cause,
                cell=records[source].cell.id,
                line=line,
                target_cell=records[target].cell.id,
                target_line=target_line,
            )
            key: Key = (source, target, "order")
            if key not in self.file_parts:
                self.file_keys.setdefault(target, []).append(key)
            self.file_parts.setdefault(key, []).append((name, False, reason))
        self.into: dict[int, list[Key]] = {}
        self.edges: dict[Key, CellEdge] = {}
        self.setup_edges: dict[tuple[int, int], CellEdge] = {}
        self.renew_edges(range(len(records)))
        self.findings = [list(findings.of_cell(self, position)) for position in range(len(records))]
        self.externals = tuple(self._externals())

    def note_take(self, name: str, position: int, take: Take) -> None:
        """Note what a cell takes: from setup, or as a value that travels."""
        item = self.setup.of.get((take.writer, name))
        if item is None:
            self.inputs.setdefault(position, []).append((name, take.writer, take.read_line))
        else:
            self.from_setup.setdefault(position, []).append(
                (name, take.writer, item, take.read_line)
            )

    def forget_takes(self, position: int, names: set[str]) -> None:
        """Take back what was noted of `names` at a cell."""
        self.inputs[position] = [t for t in self.inputs.get(position, ()) if t[0] not in names]
        self.from_setup[position] = [
            t for t in self.from_setup.get(position, ()) if t[0] not in names
        ]

    def renew_facts(self, position: int) -> None:
        """Make the parts of a cell's facts again that its takes decide."""
        old = self.facts[position]
        if old.role in ("setup", "parameters", "skipped"):
            needs = tuple(self.setup_of(position))
            self.facts[position] = msgspec.structs.replace(old, setup=needs)
            return
        self.facts[position] = msgspec.structs.replace(old, **self._taken(position))

    def _taken(self, position: int) -> dict[str, Any]:
        """The fields of a cell's facts that its takes and its own text decide."""
        needs = self.setup_of(position)
        return {
            "inputs": self.inputs_of(position),
            "setup": tuple(id for id in needs if self.setup.items[id].kind != "parameter"),
            "parameters": self.parameters_in(needs),
            "keep_with": tuple(self.keep_with(position)),
            "map": self._map(self.records[position]),
        }

    def graph(self) -> CellGraph:
        """The facts as they are now."""
        edges = self.edges
        setup_edges = self.setup_edges
        return CellGraph(
            cells=tuple(self.facts),
            edges=tuple([edges[key] for key in sorted(edges)]),
            setup_edges=tuple([setup_edges[key] for key in sorted(setup_edges)]),
            items=tuple(self.setup.items.values()),
            externals=self.externals,
            diagnostics=(
                *(d for found in self.findings for d in found),
                *findings.of_notebook(self),
            ),
        )

    # ------------------------------------------------------------- setup

    def setup_of(self, position: int) -> list[str]:
        """The items that must run before a cell, those of its own cell left out."""
        record = self.records[position]
        if option(record.cell, "skip") is True:
            return []
        ids = [item for _, _, item, _ in self.from_setup.get(position, [])]
        for name, _, _ in self.inputs.get(position, []):
            if name.startswith("~"):
                continue
            for obj in self.world.reach_of(name, position):
                made = self.setup.objects.get(obj)
                if made is not None:
                    ids.append(made)
        if STAR in record.reads:
            ids += [
                item for at, items in self.setup.star.items() if at < position for item in items
            ]
        ids += [item for item in self.setup.config if self.setup.items[item].index < position]
        if record.opaque:
            ids += [id for id, item in self.setup.items.items() if item.index < position]
        closed = self.setup.closure(ids)
        return [id for id in closed if self.setup.items[id].index != position]

    # ------------------------------------------------------------- cells

    def _facts(self, position: int) -> CellFacts:
        record, chains = self.records[position], self.chains
        names = chains.cells.get(position, [])
        events = {name: chains.events[name][position] for name in names}
        setup_names = {
            n for item in self.setup.by_cell.get(position, []) for n in self.setup.items[item].binds
        }
        writes = sorted(
            n for n, e in events.items() if e.write and e.write != "kill" and n not in setup_names
        )
        effects = (
            bool(writes)
            or any(f.write for f in record.files)
            or any(e.write == "kill" for e in events.values())
        )
        role = role_of(record, position, self.setup, writes=effects)
        if role in {"setup", "parameters", "skipped"}:
            needs = tuple(self.setup_of(position))
            return CellFacts(id=record.cell.id, index=position, role=role, setup=needs)
        later = sorted(
            n for n in self.live | set(writes) if chains.last_change.get(n, -1) > position
        )
        return CellFacts(
            id=record.cell.id,
            index=position,
            role=role,
            writes=tuple(writes),
            possible=tuple(n for n in writes if events[n].possible),
            kills=tuple(sorted(n for n, e in events.items() if e.write == "kill")),
            shares=tuple(self._shares(position, writes, later)),
            mutated_later=tuple(later),
            opaque=record.opaque,
            displays=not effects,
            **self._taken(position),
        )

    def inputs_of(self, position: int) -> tuple[tuple[str, str], ...]:
        return tuple(
            sorted(
                (name, self.records[writer].cell.id)
                for name, writer, _ in self.inputs.get(position, ())
            )
        )

    def parameters_in(self, needs: list[str]) -> tuple[str, ...]:
        """The parameters that items in `needs` are."""
        items = self.setup.items
        return tuple(
            dict.fromkeys(
                n for id in needs if items[id].kind == "parameter" for n in items[id].binds
            )
        )

    def _shares(self, position: int, writes: list[str], later: list[str]) -> list[tuple[str, str]]:
        """Pairs (written here, live) that share objects and of which one is changed later."""
        if not later:
            return []
        changed = set(later)
        out: list[tuple[str, str]] = []
        for name in writes:
            mine = self.world.reach_of(name, position + 1) if name in self.live else frozenset()
            others = {
                other for obj in mine for other in self.world.holders.get(obj, ())
            } & self.live
            out.extend(
                (name, other)
                for other in sorted(others - {name})
                if (name in changed or other in changed)
                and not mine.isdisjoint(self.world.reach_of(other, position + 1))
            )
        return out

    def _advance(self, position: int) -> None:
        """Bring `live` to what is live after a cell: taken by a later cell from one up to it."""
        for name in self.starts.get(position, ()):
            self.live.add(name)
        for name in self.ends.get(position, ()):
            self.live.discard(name)

    def keep_with(self, position: int) -> list[tuple[str, str]]:
        record = self.records[position]
        out: dict[str, str] = {}
        for name, writer, _ in self.inputs.get(position, []):
            handle = self.handle(name, writer, position)
            if handle:
                out.setdefault(
                    self.records[writer].cell.id,
                    f"`{name}` is {handle}, which cannot leave its process",
                )
            if name.startswith(NOT_CARRIED) and name not in self.records[writer].replayed:
                out.setdefault(
                    self.records[writer].cell.id,
                    f"it changes {name.partition(':')[2] or name[1:]}, state that no value carries",
                )
        if record.last_output and position:
            out.setdefault(
                self.records[position - 1].cell.id, "it uses the output of the cell above (`_`)"
            )
        return list(out.items())

    def handle(self, name: str, writer: int, position: int) -> str:
        """What in the value of `name` cannot leave its process; "" where nothing is known to."""
        if name.startswith("~") or not self.world.handles:
            return ""
        binding = self.world.names.read(name, writer + 1)
        if binding is None or not binding.value:
            return ""
        todo: list[Obj] = list(binding.value)
        seen: set[Obj] = set()
        while todo:
            obj = todo.pop()
            if obj in seen or obj.kind in ("module", "lib"):
                continue
            seen.add(obj)
            if obj.handle:
                return obj.handle if obj.handle.startswith(("a ", "an ")) else f"a {obj.handle}"
            for field, held in (self.world.heap.read(obj, position) or {}).items():
                if field != CLASS:
                    todo.extend(held)
        return ""

    def _map(self, record: Record) -> MapFact | None:
        name = option(record.cell, "map")
        if not name or record.map_problem is not None:
            return None
        return findings.map_fact(record)

    # ------------------------------------------------------------- edges

    def renew_edges(self, targets: Iterable[int]) -> None:
        """Make the edges into some cells again."""
        for target in targets:
            for key in self.into.get(target, ()):
                self.edges.pop(key, None)
                self.setup_edges.pop(key[:2], None)
            parts: dict[Key, list[Part]] = {}
            for name, writer, line in self.inputs.get(target, ()):
                event = self.chains.events[name][writer]
                kind: EdgeKind = "order" if name.startswith("~") else "data"
                reason = self._reason(name, event, writer, target, line)
                parts.setdefault((writer, target, kind), []).append((name, event.possible, reason))
            for key in self.file_keys.get(target, ()):
                parts.setdefault(key, []).extend(self.file_parts[key])
            for key, found in parts.items():
                self.edges[key] = self._edge(key, sorted(found, key=lambda part: part[0]))
            uses: dict[tuple[int, int], list[Reason]] = {}
            for name, writer, item, line in self.from_setup.get(target, ()):
                uses.setdefault((writer, target), []).append(
                    self._setup_reason(name, item, target, line)
                )
            self.into[target] = [*parts, *((*pair, "data") for pair in uses)]
            for pair, reasons in uses.items():
                self.setup_edges[pair] = CellEdge(
                    source=self.records[pair[0]].cell.id,
                    target=self.records[target].cell.id,
                    kind="data",
                    names=tuple(sorted({reason.name for reason in reasons})),
                    reasons=tuple(sorted(reasons, key=lambda reason: reason.name)),
                )

    def _edge(self, key: Key, parts: list[Part]) -> CellEdge:
        source, target, kind = key
        return CellEdge(
            source=self.records[source].cell.id,
            target=self.records[target].cell.id,
            kind=kind,
            names=tuple(dict.fromkeys(name for name, _, _ in parts)),
            possible=all(possible for _, possible, _ in parts),
            reasons=tuple(reason for _, _, reason in parts),
        )

    def _reason(self, name: str, event: Event, writer: int, position: int, line: int) -> Reason:
        return Reason(
            name=name,
            cause=event.cause,
            cell=self.records[writer].cell.id,
            line=event.line,
            target_cell=self.records[position].cell.id,
            target_line=line,
        )

    def _setup_reason(self, name: str, item: str, target: int, line: int) -> Reason:
        made = self.setup.items[item]
        return Reason(
            name=name,
            cause=made.kind,
            cell=made.cell,
            line=made.line,
            target_cell=self.records[target].cell.id,
            target_line=line,
        )

    def _externals(self) -> list[External]:
        out: dict[tuple[str, str], External] = {}
        written: set[str] = set()
        channels: set[str] = set()
        for record in self.records:
            id = record.cell.id
            for use in record.files:
                if use.write:
                    written.add(use.name)
                elif use.name and use.name not in written:
                    kind: Literal["url", "file"] = "url" if "://" in use.name else "file"
                    out.setdefault(
                        (kind, use.name), External(kind=kind, name=use.name, cell=id, line=use.line)
                    )
            for channel in record.channels:
                if (
                    channel.channel.startswith("~env:")
                    and channel.use == "read"
                    and channel.channel not in channels
                    and channel.channel != "~env:*"
                ):
                    name = channel.channel[5:]
                    out.setdefault(
                        ("environment", name),
                        External(kind="environment", name=name, cell=id, line=channel.line),
                    )
                elif channel.use != "read":
                    channels.add(channel.channel)
            for external in record.externals:
                out.setdefault(
                    (external.kind, external.name),
                    External(kind=external.kind, name=external.name, cell=id, line=external.line),
                )
        return list(out.values())
