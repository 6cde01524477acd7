"""What an edit leaves as it was: the graph is patched where only a cell's reads and lines moved.

Most edits change neither what a cell binds (as far as values go) nor which objects it changes, so
other cells link as before. Then only the chains of the names that the cell uses are made again.
Whatever is not surely of that kind is linked anew as a whole.
"""

from __future__ import annotations

import msgspec

from cellweave.dataflow import findings
from cellweave.dataflow.assemble import Assembly
from cellweave.dataflow.link import Event, cell_events
from cellweave.dataflow.record import Record, option


def same_shape(old: Record, new: Record) -> bool:
    """Could the two records of a cell differ in more than reads, lines and texts?"""
    return (
        old.cell.options == new.cell.options
        and old.error == new.error
        and old.mutated.keys() == new.mutated.keys()
        and old.own_mutated == new.own_mutated
        and not (
            old.compared
            or new.compared
            or old.opaque
            or new.opaque
            or old.from_opaque
            or new.from_opaque
        )
        and [(c.line, c.kind, c.binds, c.needs, c.mentions) for c in old.candidates]
        == [(c.line, c.kind, c.binds, c.needs, c.mentions) for c in new.candidates]
        and old.statements == new.statements
        and {n: b.weak for n, b in old.binds.items()} == {n: b.weak for n, b in new.binds.items()}
        and [(c.channel, c.use) for c in old.channels] == [(c.channel, c.use) for c in new.channels]
        and not any(c.channel.startswith("~env") for c in new.channels)
        and not (old.files or new.files or old.externals or new.externals)
        and not (old.secrets or new.secrets or option(new.cell, "when"))
    )


def patch(assembly: Assembly, position: int) -> bool:
    """Renew what depends on the record of one cell.

    False, with nothing done, where that is not enough.
    """
    chains = assembly.chains
    record = assembly.records[position]
    before = {name: chains.events[name][position] for name in chains.cells.get(position, ())}
    after = cell_events(assembly.world, record, position, chains)
    names = before.keys() | after.keys()
    moved = [n for n in names if not _alike(before.get(n), after.get(n))]
    if chains.groups or any(n in chains.changeable or n.startswith("~") for n in moved):
        return False
    _setup_sources(assembly, position, record)
    affected = {position}
    for name in names:
        affected.update(
            taker
            for taker, take in chains.takes.get(name, ())
            if name in moved or take.writer == position
        )
        chains.replace(name, position, after.get(name))
        affected.update(
            taker
            for taker, take in chains.takes.get(name, ())
            if name in moved or take.writer == position
        )
    chains.cells[position] = list(after)
    for target in affected:
        assembly.forget_takes(target, names)
    for name in names:
        for taker, take in chains.takes.get(name, ()):
            if taker in affected:
                assembly.note_take(name, taker, take)
    assembly.renew_edges(affected)
    for target in affected:
        assembly.renew_facts(target)
        assembly.findings[target] = list(findings.of_cell(assembly, target))
    return True


def _alike(old: Event | None, new: Event | None) -> bool:
    return (
        old is not None
        and new is not None
        and (old.read, old.write, old.possible) == (new.read, new.write, new.possible)
    )


def _setup_sources(assembly: Assembly, position: int, record: Record) -> None:
    lines = record.cell.source.split("\n")
    texts = {
        (c.line, c.binds): c.text or "\n".join(lines[c.line - 1 : c.end_line])
        for c in record.candidates
    }
    for id in assembly.setup.by_cell.get(position, ()):
        item = assembly.setup.items[id]
        source = (
            record.cell.source
            if option(record.cell, "setup") is True
            else texts.get((item.line, item.binds), item.source)
        )
        if source != item.source:
            assembly.setup.items[id] = msgspec.structs.replace(item, source=source)
