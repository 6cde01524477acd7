"""The calls that a task notebook makes: its first cell, and the hidden cells around the user's.

One process runs one task, so the session is a single object of the process. The text of a task
notebook, all of it in cells with `metadata.cellweave.role`, calls in this order:

    role "start"    __import__("sys").path.insert(0, cellweave_runtime)
                    import cellweave_runtime as __cellweave__
                    __cellweave__.start(globals(), task="fit", types={"day": "date"})
    then for each step of the task
    role "setup"    the setup source as it is (a cell with nothing else in it)
    role "load"     __cellweave__.load([("rows", "read", "c1"), ("~random", "read", "c1")])
    role "check"    __cellweave__.begin("c3", writes=("model",), guards=("rows",), visible=("n",),
                                        when="n > 1")
    role "cell"     the user's cell, id and source kept
    role "check"    __cellweave__.end("c3")
    role "store"    __cellweave__.store("c3", ["model", "~random"], hazards=[("model", "rows")])

Signatures (all but the first argument may be given by keyword; sequences are lists or tuples):

    start(namespace, *, task, types=None, io=None, workdir=None)
        `io` and `workdir` default to the parameters `cellweave_io` and `cellweave_workdir` of the
        namespace. Changes the working directory, and coerces parameters that papermill could not
        write: `types` maps a parameter to "date", "datetime", "time", "timedelta", "tuple", "set",
        "frozenset", "bytes", "complex", "int", "float", "str", "bool", "list", "dict", "none" or
        several of these joined by "|". May be called once.
    load(refs)
        `refs` holds (name, task, cell): bring these stored versions into the namespace. Names
        that were stored as one group come back sharing what they shared.
    begin(cell, *, writes=(), guards=(), visible=(), when="")
        Before every user cell, even with nothing to guard: names bound outside `begin` … `end` are
        taken for setup. When `when` is given and false, the next cell is skipped.
    end(cell)
        After every user cell: compares what `begin` remembered. `check` is the same function.
    store(cell, names, *, hazards=())
        Write the current versions of `names`, made by `cell`; a name that is not bound is stored
        as undefined. `hazards` holds pairs (stored name, other name) that must share nothing.
    when(expression)
        What `begin(when=…)` does, alone: false skips the next cell. Returns the truth value.

Calls of neighbouring steps may stand in one hidden cell: `end` and `store` of a cell with `load`
and `begin` of the next. A setup cell may stand between any two calls, not between `begin` and
`end`. Every failure raises `RuntimeFailure` and is written to `<io>/<task>/failure.json` first.
"""

# ruff: noqa: SLF001 - what libraries and the interpreter keep to themselves is what we carry

from __future__ import annotations

import functools
import json
import os
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Callable, TypeVar

from . import channels, digest, errors, parameters, pickling, rebuild, snapshot, values
from .errors import RuntimeFailure
from .guard import Digests, Watch

_Call = TypeVar("_Call", bound=Callable[..., Any])
_OWN_NAMES = frozenset({"In", "Out", "get_ipython", "exit", "quit", "open"})


class Session:
    """The task that this process runs."""

    def __init__(self, namespace: dict[str, Any], task: str, io: Path) -> None:
        self.namespace = namespace
        self.task = task
        self.io = io
        self.reader = values.Reader(io)
        self.digests = Digests()
        self.watch: Watch | None = None
        self.written: tuple[str, ...] = ()
        self.cell = ""
        """The user's cell that runs now, or the last one."""
        self.inside = False
        """A user's cell may be running: between `begin` and `end`."""
        self.setup: set[str] = set()
        self.known = _bindings(namespace)
        self.skip = ""
        """`armed` in the hidden cell before the one to skip, `active` for that one."""
        self.reported: BaseException | None = None
        self.stored: dict[str, dict[str, Any]] = {}
        """Index entries by cell, for a cell that stores in several calls."""

    # -- setup --------------------------------------------------------------------------------

    def note_setup(self) -> None:
        """Take names that appeared since the last call, with no user's cell between, for setup."""
        if self.inside:
            return
        bound = _bindings(self.namespace)
        for name, identity in bound.items():
            if self.known.get(name) != identity:
                self.setup.add(name)
        self.known = bound
        rebuild.place.setup = self.setup

    def note_cell(self) -> None:
        """Take names that a user's cell or a load bound for values, not setup."""
        bound = _bindings(self.namespace)
        for name, identity in bound.items():
            if self.known.get(name) != identity:
                self.setup.discard(name)
        self.setup.intersection_update(bound)
        self.known = bound
        rebuild.place.setup = self.setup

    def surroundings(self) -> pickling.Surroundings:
        """Setup's functions, classes and sentinels, which travel by reference."""
        by_reference: dict[int, str] = {}
        for name in sorted(self.setup):
            value = self.namespace.get(name)
            if not _is_definition(value) or digest.importable(value):
                continue
            if id(value) not in by_reference or getattr(value, "__name__", "") == name:
                by_reference[id(value)] = name
        return pickling.Surroundings(self.namespace, by_reference)

    # -- failures -----------------------------------------------------------------------------

    def report(self, error: BaseException) -> None:
        """Write `failure.json` for an error that ends the task."""
        if error is self.reported:
            return
        self.reported = error
        record = error.as_dict() if isinstance(error, RuntimeFailure) else self.describe(error)
        record["status"] = errors.exit_status(error)
        place = self.io / values.folder(self.io, self.task, "x").parent.name
        place.mkdir(parents=True, exist_ok=True)
        text = json.dumps(record, indent=1, default=str)
        values.replace(place / "failure.json", [text.encode("utf-8", "backslashreplace")])

    def describe(self, error: BaseException) -> dict[str, Any]:
        """An error of the user's code: where it was in the cell, and its traceback."""
        code = {errors.NOT_READY: "not-ready", errors.NOT_RETRYABLE: "not-retryable"}.get(
            errors.exit_status(error), "cell-error"
        )
        return {
            "code": code,
            "message": f"{type(error).__name__}: {error}",
            "task": self.task,
            "cell": self.cell if self.inside else "",
            "line": cell_line(error, self.namespace),
            "name": "",
            "help": "",
            "kind": type(error).__name__,
            "traceback": "".join(
                traceback.format_exception(type(error), error, self.from_cell(error))
            ),
        }

    def from_cell(self, error: BaseException) -> Any:
        """The traceback without the frames of whoever ran the cell."""
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_globals is not self.namespace:
            trace = trace.tb_next
        return trace or error.__traceback__


def cell_line(error: BaseException, namespace: Mapping[str, Any]) -> int:
    """The line of the running cell at which an error left it; 0 where that is not known."""
    if isinstance(error, SyntaxError) and error.lineno and error.__traceback__ is None:
        return error.lineno
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals is namespace:
            return trace.tb_lineno
        trace = trace.tb_next
    return error.lineno or 0 if isinstance(error, SyntaxError) else 0


def _bindings(namespace: Mapping[str, Any]) -> dict[str, int]:
    return {
        name: id(value)
        for name, value in namespace.items()
        if not name.startswith("_") and name not in _OWN_NAMES
    }


def _is_definition(value: object) -> bool:
    return (
        isinstance(value, type)
        or type(value) is object
        or hasattr(value, "__code__")
        or isinstance(value, functools._lru_cache_wrapper)
    )


_session: Session | None = None


def current() -> Session:
    """The session of this process."""
    if _session is None:
        raise RuntimeError("the task has not started: run its notebook from the top")
    return _session


def active() -> bool:
    """Whether a task has started in this process."""
    return _session is not None


def forget() -> None:
    """Be ready for another task in this process."""
    global _session  # noqa: PLW0603 - one process runs one task
    _session = None


def report(error: BaseException) -> None:
    """Write `failure.json` for an error that ends the task, if one has started."""
    if _session is not None:
        _session.report(error)


def _reporting(call: _Call) -> _Call:
    """Name the task and cell in a failure and write it down, then let the notebook show it."""

    @functools.wraps(call)
    def wrapper(*arguments: Any, **options: Any) -> Any:
        try:
            return call(*arguments, **options)
        except RuntimeFailure as failure:
            session = _session
            if session is not None:
                failure.task = failure.task or session.task
                failure.cell = failure.cell or (session.cell if session.inside else "")
                session.report(failure)
            raise failure.with_traceback(None) from None

    return wrapper  # type: ignore[return-value]


@_reporting
def start(
    namespace: dict[str, Any],
    *,
    task: str,
    types: Mapping[str, str] | None = None,
    io: str | os.PathLike[str] | None = None,
    workdir: str | os.PathLike[str] | None = None,
) -> None:
    """Begin a task; see the head of this module."""
    global _session  # noqa: PLW0603 - one process runs one task
    place = io or namespace.get("cellweave_io")
    if not place:
        raise RuntimeFailure(
            "missing-input",
            "the task does not know where values are",
            task=task,
            name="cellweave_io",
            help="give the folder of values: `-p cellweave_io DIR`",
        )
    _session = Session(namespace, task, Path(place).absolute())
    rebuild.place.namespace = namespace
    rebuild.place.task, rebuild.place.tokens = task, 0
    rebuild.place.setup = _session.setup
    failure = values.folder(_session.io, task, "x").parent / "failure.json"
    failure.unlink(missing_ok=True)
    values.clear(_session.io, task)
    _hook_ipython()
    folder = workdir or namespace.get("cellweave_workdir")
    if folder:
        try:
            os.chdir(folder)
        except OSError as error:
            raise RuntimeFailure(
                "missing-input",
                f"the folder of the notebook is not there: {error}",
                name="cellweave_workdir",
                help="give it: `-p cellweave_workdir DIR`",
            ) from None
    for name, wanted in (types or {}).items():
        if name in namespace:
            namespace[name] = parameters.coerce(name, namespace[name], wanted)
    _session.known = _bindings(namespace)


@_reporting
def load(refs: Iterable[Sequence[str]]) -> None:
    """Bring stored versions into the namespace; see the head of this module."""
    session = current()
    session.note_setup()
    wanted = [(name, task, cell) for name, task, cell in refs]
    found = session.reader.read(wanted, lambda name: session.namespace.pop(name, None))
    states = {name: found.pop(name) for name in list(found) if channels.is_channel(name)}
    session.namespace.update(found)
    for name, state in states.items():
        channels.restore(name, state)
    session.note_cell()


@_reporting
def begin(
    cell: str,
    *,
    writes: Iterable[str] = (),
    guards: Iterable[str] = (),
    visible: Iterable[str] = (),
    when: str = "",
) -> None:
    """Remember what the next cell must leave alone; see the head of this module."""
    session = current()
    session.note_setup()
    session.cell = cell
    session.inside = True
    session.written = tuple(writes)
    session.watch = Watch(
        cell,
        session.namespace,
        session.digests,
        writes=session.written,
        guards=guards,
        visible=visible,
    )
    if when:
        globals()["when"](when)


@_reporting
def end(cell: str) -> None:
    """Compare what `begin` remembered; see the head of this module."""
    session = current()
    watch, session.watch = session.watch, None
    try:
        if watch is not None and session.cell == cell:
            watch.compare()
    finally:
        session.inside = False
        session.note_cell()
    folder = os.environ.get(snapshot.VARIABLE)
    if folder:
        snapshot.write(Path(folder), cell, session.namespace, written=session.written)


check = end


@_reporting
def store(cell: str, names: Iterable[str], *, hazards: Iterable[Sequence[str]] = ()) -> None:
    """Write the current versions of names; see the head of this module."""
    session = current()
    stored: dict[str, Any] = {}
    undefined = []
    for name in dict.fromkeys(names):
        if channels.is_channel(name):
            stored[name] = channels.capture(name)
        elif name in session.namespace:
            stored[name] = session.namespace[name]
        else:
            undefined.append(name)
    try:
        index = values.write(
            session.io,
            session.task,
            cell,
            stored,
            undefined=undefined,
            hazards=[(one, other) for one, other in hazards],
            others=session.namespace,
            surroundings=session.surroundings(),
            earlier=session.stored.get(cell),
        )
        session.stored[cell] = index["names"]
    except RuntimeFailure as failure:
        failure.cell = cell
        raise


def when(expression: str) -> bool:
    """Evaluate a condition; false skips the next cell. See the head of this module."""
    session = current()
    session.inside = True
    code = compile(expression, "<when>", "eval")
    holds = bool(eval(code, session.namespace))  # noqa: S307 - the user's own condition
    if not holds:
        session.skip = "armed"
    return holds


def take_skip() -> bool:
    """Whether the user's cell that comes next is to be skipped; asked once, by the executor."""
    if _session is None or not _session.skip:
        return False
    _session.skip = ""
    return True


# -- IPython ------------------------------------------------------------------------------------


def _hook_ipython() -> None:
    if "IPython" not in sys.modules:
        return
    shell = sys.modules["IPython"].get_ipython()
    if shell is None or getattr(shell, "_cellweave_hooked", False):
        return
    shell._cellweave_hooked = True
    shell.input_transformers_cleanup.insert(0, _skip_lines)
    shell.events.register("post_run_cell", _after_run)


def _skip_lines(lines: list[str]) -> list[str]:
    """Replace the cell that a false `when` skips by nothing; IPython may ask more than once."""
    session = _session
    if session is None or session.skip != "active" or "".join(lines).startswith("__cellweave__."):
        return lines
    return []


def _after_run(result: Any) -> None:
    session = _session
    if session is None:
        return
    session.skip = "active" if session.skip == "armed" else ""
    error = result.error_before_exec or result.error_in_exec
    if error is not None:
        session.report(error)
