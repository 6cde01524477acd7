"""What the analysis has to say to the notebook's author: the diagnostics of the dataflow."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cellweave.dataflow.facts import MapFact
from cellweave.dataflow.heap import UNBOUND
from cellweave.dataflow.mapping import Problem, examine
from cellweave.dataflow.record import Record, is_secret, option
from cellweave.diagnostics.core import Diagnostic, Fix
from cellweave.diagnostics.rules import (
    map_not_independent,
    map_shape,
    maybe_undefined,
    missing_external_input,
    opaque_code,
    parse_error,
    possible_mutation,
    rebound_parameter,
    secret_carried,
    shared_handle,
    undefined_name,
    unordered_files,
    unpicklable_output,
    when_undefined,
)

if TYPE_CHECKING:
    from cellweave.dataflow.assemble import Assembly


def of_cell(assembly: Assembly, position: int) -> Iterator[Diagnostic]:
    """The diagnostics that stand at one cell."""
    record = assembly.records[position]
    if option(record.cell, "skip") is True:
        return
    yield from _syntax(record)
    yield from _names(assembly, position, record)
    yield from _opaque(record)
    yield from _map(record)
    if assembly.world.handles or any(
        use.channel.startswith(assembly.not_carried) for use in record.channels
    ):
        yield from _handles(assembly, position, record)
    yield from _possible(assembly, position, record)
    if record.files:
        yield from _files(assembly, record)
    yield from _when(assembly, position, record)


def of_notebook(assembly: Assembly) -> Iterator[Diagnostic]:
    """Those that the cells cause together."""
    yield from _parameters(assembly)
    yield from _secrets(assembly)


def map_fact(record: Record) -> MapFact | None:
    """The map that a cell with the option is, where it is one."""
    found = examine(record.parsed.body, str(option(record.cell, "map")))
    return found if isinstance(found, MapFact) else None


def _syntax(record: Record) -> Iterator[Diagnostic]:
    if record.error:
        yield parse_error.RULE.at(
            f"the cell does not parse: {record.error}",
            cell=record.cell.id,
            line=record.parsed.line,
            help=(
                "mend the syntax, or mark the cell `#| skip: true` to leave it out; the other "
                "cells still have their graph"
            ),
        )


def _names(assembly: Assembly, position: int, record: Record) -> Iterator[Diagnostic]:
    every = assembly.world.names.keys()
    for name, (line, certain) in record.undefined.items():
        later = [
            p for p in assembly.world.names.positions(name)
            if p > position and assembly.records[p].binds[name].status != UNBOUND
        ]  # fmt: skip
        deleted = assembly.world.names.read(name, position) is not None
        if later:
            help = (
                f"cell `{assembly.records[later[0]].cell.id}` defines it further down: move that "
                "cell up"
            )
        elif deleted:
            help = "an earlier cell deletes it"
        else:
            near = difflib.get_close_matches(
                name,
                [n for n in every if assembly.world.names.read(n, position)],
                1,
            )
            help = (
                f"did you mean `{near[0]}`?" if near else "define it in a cell above, or import it"
            )
        yield undefined_name.RULE.at(
            f"`{name}` is not defined when this cell runs",
            cell=record.cell.id,
            line=line,
            name=name,
            help=help,
            severity="error" if certain else "warning",
        )
    for name, line in record.maybe.items():
        if _optional_import(assembly, position, name):
            continue
        yield maybe_undefined.RULE.at(
            f"`{name}` may not be defined when this cell runs: it is bound only on some path",
            cell=record.cell.id,
            line=line,
            name=name,
            help="bind it before the branch or loop",
        )


def _optional_import(assembly: Assembly, position: int, name: str) -> bool:
    """`try: import fast` is how people say that a module may be missing."""
    writer = assembly.world.names.writer(name, position)
    item = assembly.setup.of.get((writer, name)) if writer is not None else None
    return item is not None and assembly.setup.items[item].kind == "import"


def _opaque(record: Record) -> Iterator[Diagnostic]:
    if record.opaque:
        yield opaque_code.RULE.at(
            f"the analysis cannot see into this cell: {record.opaque}",
            cell=record.cell.id,
            line=record.binds["?"].line if "?" in record.binds else 1,
            help=(
                "it is taken to read and change every name; write what it does as plain code to "
                "get a finer graph"
            ),
        )


def _map(record: Record) -> Iterator[Diagnostic]:
    name = option(record.cell, "map")
    if not name or record.error:
        return
    found = record.map_problem or examine(record.parsed.body, str(name))
    if isinstance(found, Problem):
        rule = map_shape.RULE if found.code == "map-shape" else map_not_independent.RULE
        yield rule.at(found.message, cell=record.cell.id, line=found.line, name=found.name)


def _handles(assembly: Assembly, position: int, record: Record) -> Iterator[Diagnostic]:
    for name, writer, line in assembly.inputs.get(position, []):
        handle = assembly.handle(name, writer, position)
        if name.startswith(assembly.not_carried) and name not in assembly.records[writer].replayed:
            name, handle = name.partition(":")[2] or name[1:], "state of a module"
        if not handle:
            continue
        producer = assembly.records[writer].cell
        mine, theirs = option(record.cell, "task"), option(producer, "task")
        if mine and theirs and mine != theirs:
            yield unpicklable_output.RULE.at(
                f"`{name}` is {handle}: it cannot leave the process of task `{theirs}`, but task "
                f"`{mine}` uses it",
                cell=producer.id,
                line=line,
                name=name,
                help=f"make it in a cell of `{mine}`, or keep both cells in one task",
                fix=Fix(
                    title=f"Move the cell into `{theirs}`",
                    cell=record.cell.id,
                    option="task",
                    value=str(theirs),
                ),
            )
        else:
            yield shared_handle.RULE.at(
                f"`{name}` is {handle}, so this cell runs in the same task as `{producer.id}`",
                cell=record.cell.id,
                line=line,
                name=name,
            )


def _possible(assembly: Assembly, position: int, record: Record) -> Iterator[Diagnostic]:
    for name in assembly.chains.cells.get(position, []):
        event = assembly.chains.events[name][position]
        if (
            event.write == "change"
            and event.possible
            and not record.opaque
            and assembly.chains.live_after(name, position)
        ):
            yield possible_mutation.RULE.at(
                f"`{name}` is {event.cause}, which nothing is known of; cells below take it from "
                "here",
                cell=record.cell.id,
                line=event.line,
                name=name,
                help=(
                    f"if the call does not change it, say so with `#| pure: {name}`: the run "
                    "checks it"
                ),
                fix=Fix(
                    title=f"`{name}` is not changed here",
                    cell=record.cell.id,
                    option="pure",
                    value=name,
                ),
            )


def _files(assembly: Assembly, record: Record) -> Iterator[Diagnostic]:
    unknown = next((use for use in record.files if use.write and not use.name), None)
    if unknown is not None:
        yield unordered_files.RULE.at(
            "this cell writes files whose names are not known before the run; cells that read "
            "them are not ordered after it",
            cell=record.cell.id,
            line=unknown.line,
            help="use a constant file name, or name the order with `#| after:`",
        )
    if not assembly.folder:
        return
    for use in record.files:
        if use.write or not use.name or "://" in use.name or any(c in use.name for c in "*?[{~$"):
            continue
        if any(w.write and w.name == use.name for r in assembly.records for w in r.files):
            continue
        if any(
            c.channel == "~cwd" and c.use != "read" for r in assembly.records for c in r.channels
        ):
            continue
        if any(w.write and not w.name for r in assembly.records for w in r.files):
            continue
        try:
            there = (Path(assembly.folder) / use.name).exists()
        except (OSError, ValueError):
            there = True
        if not there:
            yield missing_external_input.RULE.at(
                f"`{use.name}` is read here but is not there",
                cell=record.cell.id,
                line=use.line,
                name=use.name,
                help="names are relative to the notebook's folder",
            )


def _when(assembly: Assembly, position: int, record: Record) -> Iterator[Diagnostic]:
    if not option(record.cell, "when"):
        return
    for name, binding in record.binds.items():
        before = assembly.world.names.read(name, position)
        if (
            binding.weak
            and (before is None or before.status == UNBOUND)
            and assembly.chains.live_after(name, position)
        ):
            yield when_undefined.RULE.at(
                f"`{name}` is bound only in this cell, which `when` may leave out, and a cell "
                "below reads it",
                cell=record.cell.id,
                line=binding.line,
                name=name,
                help=f"give `{name}` a value in a cell above",
            )


def _parameters(assembly: Assembly) -> Iterator[Diagnostic]:
    parameters = {
        name: item
        for item in assembly.setup.items.values()
        if item.kind == "parameter"
        for name in item.binds
    }
    for name, item in parameters.items():
        for position in assembly.world.names.positions(name):
            record = assembly.records[position]
            if record.cell.id != item.cell:
                yield rebound_parameter.RULE.at(
                    f"the parameter `{name}` is bound again here; from here on it is a value, "
                    "not the parameter",
                    cell=record.cell.id,
                    line=record.binds[name].line,
                    name=name,
                )


def _secrets(assembly: Assembly) -> Iterator[Diagnostic]:
    for position, record in enumerate(assembly.records):
        for channel in record.channels:
            name = channel.channel
            if (
                channel.use == "write"
                and name.startswith("~env:")
                and is_secret(name)
                and any(
                    writer == position
                    for takes in assembly.inputs.values()
                    for n, writer, _ in takes
                    if n == name
                )
            ):
                yield secret_carried.RULE.at(
                    f"the environment variable `{name[5:]}` looks like a secret and is set "
                    "by the notebook: its value is stored with the run",
                    cell=record.cell.id,
                    line=channel.line,
                    name=name[5:],
                    help="use the option `secrets` instead",
                )
        for name, variable in record.secrets.items():
            takers = [
                p
                for p, takes in assembly.inputs.items()
                for n, writer, _ in takes
                if n == name and writer == position
            ]
            if takers:
                yield secret_carried.RULE.at(
                    f"`{name}` holds the environment variable `{variable}`, which looks like a "
                    "secret, and other cells take it: its value is stored with the run",
                    cell=record.cell.id,
                    line=record.binds[name].line if name in record.binds else 1,
                    name=name,
                    help=f"read `{variable}` in the cell that uses it",
                )
