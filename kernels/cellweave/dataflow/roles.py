"""Which proposed statements really are setup, and the role of each cell.

A proposal holds when what it binds is bound by no other cell and changed by none, and when all
that it needs holds too. Imports may be repeated; parameters may be bound again (from there on the
name is a value).
"""

from __future__ import annotations

import msgspec

from cellweave.dataflow.facts import Role, SetupItem
from cellweave.dataflow.heap import Obj
from cellweave.dataflow.record import Record, names_in, option
from cellweave.dataflow.setup import Candidate
from cellweave.dataflow.state import STAR


class Setup:
    """The setup items of a notebook."""

    def __init__(self) -> None:
        self.items: dict[str, SetupItem] = {}
        self.of: dict[tuple[int, str], str] = {}
        """(position, name) → the item that makes that version of the name."""
        self.order: dict[str, int] = {}
        """item → its place in the notebook."""
        self.config: list[str] = []
        self.star: dict[int, list[str]] = {}
        self.by_cell: dict[int, list[str]] = {}
        self.mentions: dict[str, frozenset[str]] = {}
        self.objects: dict[Obj, str] = {}
        """Functions and classes that setup defines."""

    def closure(self, ids: list[str]) -> list[str]:
        """`ids` with all they need, in notebook order."""
        seen: set[str] = set()
        todo = list(ids)
        while todo:
            item = todo.pop()
            if item not in seen:
                seen.add(item)
                todo.extend(self.items[item].needs)
        return sorted(seen, key=self.order.__getitem__)


def find_setup(records: list[Record]) -> Setup:
    """Decide which candidates hold."""
    setup = Setup()
    binders: dict[str, set[int]] = {}
    changed: set[Obj] = set()
    counts: list[dict[str, int]] = []
    for position, record in enumerate(records):
        for name in record.binds:
            binders.setdefault(name, set()).add(position)
        changed.update(record.mutated)
        changed |= record.own_mutated
        count: dict[str, int] = {}
        for proposal in record.candidates:
            for name in proposal.binds:
                count[name] = count.get(name, 0) + 1
        counts.append(count)
    latest: dict[str, str] = {}
    for position, record in enumerate(records):
        lines = record.cell.source.split("\n")
        if option(record.cell, "setup") is True and not record.error:
            _forced(setup, record, position, latest)
            continue
        if option(record.cell, "setup") is False:
            continue
        for proposal in record.candidates:
            kind = (
                "parameter"
                if record.cell.parameters and proposal.kind == "literal"
                else proposal.kind
            )
            if not _holds(proposal, record, kind, binders, changed, counts[position]):
                continue
            needs = [latest.get(name) for name in sorted(proposal.needs) if name in binders]
            if any(need is None for need in needs):
                continue
            if kind == "import":
                # `import a.b` adds to what `import a.c` brought: both make the name what it is
                needs += [
                    latest[n]
                    for n in proposal.binds
                    if n in latest and setup.items[latest[n]].kind == "import"
                ]
            source = proposal.text or "\n".join(lines[proposal.line - 1 : proposal.end_line])
            item = SetupItem(
                id=f"{record.cell.id}:{proposal.line}"
                + (f":{proposal.binds[0]}" if proposal.text and proposal.binds else ""),
                cell=record.cell.id,
                index=position,
                line=proposal.line,
                source=source,
                kind=kind,
                binds=proposal.binds,
                needs=tuple(need for need in needs if need),
            )
            _add(setup, item, position, latest, record)
            setup.mentions[item.id] = proposal.mentions
    _late_needs(setup, latest)
    return setup


def _add(
    setup: Setup, item: SetupItem, position: int, latest: dict[str, str], record: Record
) -> None:
    setup.items[item.id] = item
    setup.order[item.id] = len(setup.order)
    setup.by_cell.setdefault(position, []).append(item.id)
    if item.kind == "config":
        setup.config.append(item.id)
    for name in item.binds:
        latest[name] = item.id
        if name == STAR:
            setup.star.setdefault(position, []).append(item.id)
        setup.of[position, name] = item.id
        binding = record.binds.get(name)
        if binding is not None:
            for obj in binding.value:
                if obj.kind in ("func", "class"):
                    setup.objects[obj] = item.id


def _forced(setup: Setup, record: Record, position: int, latest: dict[str, str]) -> None:
    """A cell that its author calls setup is one item, whole."""
    item = SetupItem(
        id=f"{record.cell.id}:1",
        cell=record.cell.id,
        index=position,
        line=1,
        source=record.cell.source,
        kind="definition",
        binds=tuple(name for name in record.binds if not name.startswith("?")),
        needs=tuple(dict.fromkeys(latest[name] for name in record.reads if name in latest)),
    )
    _add(setup, item, position, latest, record)


def _holds(
    proposal: Candidate,
    record: Record,
    kind: str,
    binders: dict[str, set[int]],
    changed: set[Obj],
    count: dict[str, int],
) -> bool:
    for name in proposal.binds:
        if kind == "parameter":
            continue
        if count.get(name, 0) > 1 and kind != "import":
            return False
        binding = record.binds.get(name)
        if binding is None:
            return False
        if kind == "import" and (not binding.weak or len(binders[name]) == 1):
            continue  # `try: import fast` may leave `fast` unbound, as it does in a plain run
        if binding.weak:
            return False
        if len(binders.get(name, ())) > 1:
            return False
        if binding.line and not proposal.line <= binding.line <= proposal.end_line:
            return False
        if any(obj in changed for obj in binding.value):
            return False
    return True


def _late_needs(setup: Setup, latest: dict[str, str]) -> None:
    """A definition's bodies may use other setup: imports and definitions that stand before it."""
    order = setup.order
    for id, mentions in setup.mentions.items():
        item = setup.items[id]
        more = {
            latest[name] for name in mentions if name in latest and order[latest[name]] < order[id]
        }
        needs = tuple(sorted(more | set(item.needs), key=order.__getitem__))
        if needs != item.needs:
            setup.items[id] = msgspec.structs.replace(item, needs=needs)


def role_of(record: Record, position: int, setup: Setup, *, writes: bool) -> Role:
    """What a cell is for."""
    cell = record.cell
    if option(cell, "skip") is True:
        return "skipped"
    items = setup.by_cell.get(position, [])
    if option(cell, "setup") is True:
        return "setup"
    if (
        not option(cell, "task")
        and len(items) == record.statements
        and not record.error
        and not option(cell, "when")
    ):
        return "parameters" if cell.parameters else "setup"
    if not writes:
        return "display"
    return "task"


__all__ = ["Setup", "find_setup", "names_in", "role_of"]
