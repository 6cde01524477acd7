"""Which cells of a notebook truly depend on which, found by watching one plain run.

Nothing of the static analysis is used (nor imported): the namespace is a dict that notes every
global that is looked up, by a cell or by a function it calls; after each cell every variable is
compared, object and content, with what it was. A cell depends on the cell that last bound or
changed what it looked up, on the last user of a random generator that was seeded, on the last
writer of a file it opens, an environment variable, the working directory. What reads too much
(a lookup whose value is not used) counts as a dependence, so that fewer pairs count as independent.

    python tracing.py NOTEBOOK > facts.json

gives `{"cells": [ids], "depends": {id: [ids]}, "seconds": …, "failed": id or null}`.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

DIGEST_BUDGET_S = 20.0
"""A variable that takes its share of this to compare is from then on compared by identity alone."""
HIDDEN = frozenset({"In", "Out", "get_ipython", "exit", "quit", "open"})


class Names(dict[str, Any]):
    """A namespace that notes what is looked up while `watching`."""

    watching = False

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        if self.watching:
            self.read.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """As a dict's; noted as well."""
        if self.watching and name in self:
            self.read.add(name)
        return super().get(name, default)


class Files:
    """Which files a cell opened, by an audit hook (which cannot be removed, only silenced)."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.watching = False
        self.read: set[str] = set()
        self.written: set[str] = set()
        sys.addaudithook(self.note)

    def note(self, event: str, args: tuple[Any, ...]) -> None:
        """Note an `open` of a file below the notebook's folder."""
        if not self.watching or event != "open" or not isinstance(args[0], str):
            return
        path = os.path.realpath(args[0])
        if path.startswith(self.folder + os.sep):
            mode = args[1] or ""
            changes = any(c in mode for c in "wax+") or (args[2] or 0) & (os.O_WRONLY | os.O_RDWR)
            (self.written if changes else self.read).add(path)


def channels(sources: list[str]) -> dict[str, Callable[[], Any]]:
    """The process state that the notebook sets up, each with a function that tells its value."""
    text = "\n".join(sources)
    found: dict[str, Callable[[], Any]] = {"~cwd": os.getcwd, "~env": lambda: dict(os.environ)}
    if "random.seed(" in text or "seed_everything" in text:
        found["~random"] = random.getstate
        numpy = sys.modules.get("numpy")
        if numpy is not None or "numpy" in text:
            import numpy.random

            found["~numpy.random"] = lambda: str(numpy.random.get_state(legacy=False))
    return found


def shell_of(names: Names) -> Any:
    """An IPython shell whose cells run in `names`."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Shell(InteractiveShell):
        """Globals are looked up where cells run; figures need no window."""

        system = InteractiveShell.system_piped

        @property
        def user_global_ns(self) -> Any:
            """What functions see as their globals."""
            return self.user_ns

        def enable_gui(self, gui: str | None = None) -> None:
            """Nothing: there is no window."""

    config = Config()
    config.HistoryManager.enabled = False
    module = types.ModuleType("__main__")
    shell = Shell.instance(config=config, user_module=module, user_ns=names)
    sys.modules["__main__"] = module
    return shell


class Watch:
    """Compares every variable with what it was after the cell before."""

    def __init__(self) -> None:
        from cellweave.runtime.digest import difference, tree

        self.tree, self.difference = tree, difference
        self.seen: dict[str, tuple[Any, Any]] = {}
        self.spent: dict[str, float] = {}

    def changed(self, names: dict[str, Any]) -> tuple[set[str], set[str]]:
        """Names that hold another object or another content now; names that are gone."""
        now: dict[str, tuple[Any, Any]] = {}
        changed = set()
        for name, value in names.items():
            if name.startswith("_") or name in HIDDEN:
                continue
            before = self.seen.get(name)
            made = None
            if not isinstance(value, types.ModuleType) and self.spent.get(name, 0) < 2.0:
                start = time.perf_counter()
                made = self.tree(value)
                self.spent[name] = self.spent.get(name, 0) + time.perf_counter() - start
                if sum(self.spent.values()) > DIGEST_BUDGET_S:
                    self.spent[name] = 99.0
            now[name] = (value, made)
            if (
                before is None
                or before[0] is not value
                or (
                    made is not None
                    and before[1] is not None
                    and self.difference(before[1], made) is not None
                )
            ):
                changed.add(name)
        gone = set(self.seen) - set(now)
        self.seen = now
        return changed, gone


def trace(path: Path) -> dict[str, Any]:
    """Run the notebook in its own folder and give its dependences; see the top of this file."""
    started = time.monotonic()
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = [c for c in notebook["cells"] if c["cell_type"] == "code"]
    ids = [c.get("id") or f"#{n}" for n, c in enumerate(cells)]
    sources = ["".join(c["source"]) for c in cells]
    os.chdir(path.parent)
    names = Names()
    shell = shell_of(names)
    files = Files(os.path.realpath(path.parent))
    state = channels(sources)
    watch = Watch()
    watch.changed(names)
    writer: dict[str, int] = {}
    before = {key: ask() for key, ask in state.items()}
    depends: dict[str, list[str]] = {}
    failed = None
    for n, source in enumerate(sources):
        names.read, files.read, files.written = set(), set(), set()
        names.watching = files.watching = True
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            result = shell.run_cell(source, store_history=True)
        names.watching = files.watching = False
        with contextlib.suppress(ImportError):
            import matplotlib.pyplot

            matplotlib.pyplot.close("all")
        touched = {key for key, ask in state.items() if _differs(ask(), before.get(key))}
        before = {key: ask() for key, ask in state.items()}
        read = names.read | {f"~file:{p}" for p in files.read | files.written} | touched
        if "environ" in source or "getenv" in source:
            read.add("~env")
        depends[ids[n]] = sorted({ids[writer[name]] for name in read if name in writer})
        changed, gone = watch.changed(names)
        for name in changed | touched | {f"~file:{p}" for p in files.written}:
            writer[name] = n
        for name in gone:
            writer.pop(name, None)
        expected = "raises-exception" in cells[n].get("metadata", {}).get("tags", [])
        if not result.success and not expected:
            failed = ids[n]
            break
    return {
        "cells": ids,
        "depends": depends,
        "seconds": round(time.monotonic() - started, 1),
        "failed": failed,
    }


def _differs(one: Any, other: Any) -> bool:
    try:
        return bool(one != other)
    except ValueError:  # arrays inside
        return str(one) != str(other)


def independent(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """The pairs of cells (earlier, later) of which neither depends on the other, in any way."""
    reach: dict[str, set[str]] = {}
    for cell in facts["cells"]:
        if cell not in facts["depends"]:
            break
        direct = facts["depends"][cell]
        reach[cell] = set(direct).union(*(reach[d] for d in direct)) if direct else set()
    order = list(reach)
    return [(a, b) for n, b in enumerate(order) for a in order[:n] if a not in reach[b]]


if __name__ == "__main__":
    print(json.dumps(trace(Path(sys.argv[1]).resolve())))
