"""Cell options: the `#| key: value` lines at the top of a code cell.

They are Quarto's form: they show in diffs, survive copy and paste, and work in every editor. Blank
lines and comments may stand between them; a leading `%%` magic stands above them.

    %%time
    #| task: fit
    #| memory: 8Gi
    model.fit(X)

`Options` is the one schema: Python, the form in JupyterLab, completion and the docs are made of it
(`schema.py`). Nothing here raises: what cannot be read is a diagnostic, and the rest still counts.
"""

from __future__ import annotations

import ast
import keyword
import re
import warnings
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from cellweave.diagnostics.core import Diagnostic
from cellweave.diagnostics.rules import (
    ignored_option,
    option_syntax,
    option_type,
    task_name,
    unknown_option,
)
from cellweave.notebook import flow
from cellweave.notebook.foreign import NBDEV, is_foreign
from cellweave.notebook.kinds import KindError, Quantity, Seconds, convert


class Options(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="kebab"):
    """What can be said of a code cell, and through it of its task."""

    task: Annotated[
        str, Meta(description="Name of the task that the cell starts; the same name joins it.")
    ] = ""
    skip: Annotated[bool, Meta(description="Leave the cell out of the workflow.")] = False
    setup: Annotated[
        bool | None,
        Meta(description="Repeat the cell in each task that needs it, or never do so."),
    ] = None
    after: Annotated[
        tuple[str, ...], Meta(description="Tasks that must have finished before this one.")
    ] = ()
    cpu: Annotated[Quantity, Meta(description="Processors, as in Kubernetes: `2`, `500m`.")] = ""
    memory: Annotated[Quantity, Meta(description="Memory, as in Kubernetes: `512Mi`, `8Gi`.")] = ""
    gpu: Annotated[Quantity, Meta(description="Number of graphics processors.")] = ""
    image: Annotated[str, Meta(description="Container image that the task runs in.")] = ""
    env: Annotated[
        dict[str, str], Meta(description="Environment variables of the task, by name.")
    ] = {}
    secrets: Annotated[
        tuple[str, ...], Meta(description="Secrets that the task may read: `name` or `group/key`.")
    ] = ()
    retries: Annotated[int, Meta(ge=0, description="How often a failed task is tried again.")] = 0
    timeout: Annotated[
        Seconds, Meta(description="Longest time of one attempt: `90`, `30m`, `1h30m`.")
    ] = 0.0
    cache: Annotated[
        bool | None,
        Meta(description="Reuse the task's result from an earlier run, or never do so."),
    ] = None
    map: Annotated[
        str,
        Meta(description="Loop variable of the cell's loop, whose iterations run in parallel."),
    ] = ""
    when: Annotated[
        str, Meta(description="Python expression; the cell runs only where it is true.")
    ] = ""
    reads: Annotated[
        tuple[str, ...], Meta(description="Names that the cell reads beyond what its code shows.")
    ] = ()
    writes: Annotated[
        tuple[str, ...], Meta(description="Names that the cell changes beyond what its code shows.")
    ] = ()
    engine: Annotated[
        Literal["papermill", "direct"],
        Meta(description="What executes the task notebook."),
    ] = "papermill"
    pure: Annotated[
        tuple[str, ...], Meta(description="Names that the cell does not change, whatever it calls.")
    ] = ()
    interruptible: Annotated[
        bool | None, Meta(description="The task may run on machines that can be taken away.")
    ] = None
    pod_template: Annotated[
        str, Meta(description="Name of the Kubernetes pod template of the task.")
    ] = ""
    packages: Annotated[
        tuple[str, ...], Meta(description="System packages that the task's image needs.")
    ] = ()
    files: Annotated[
        tuple[str, ...], Meta(description="Files beside the notebook that travel with the task.")
    ] = ()
    flyte_task: Annotated[
        str, Meta(description="Existing Flyte task that takes the place of the cell.")
    ] = ""
    description: Annotated[str, Meta(description="What the task does, for people.")] = ""


class CellOptions(Options, frozen=True, kw_only=True, omit_defaults=True, rename="kebab"):
    """The options of one cell, and where they stand."""

    set: tuple[str, ...] = ()
    """Keys that the cell gives, spelled as in the notebook (`pod-template`), in its order."""
    lines: dict[str, int] = {}
    """Line within the cell of each of them, from 1."""

    def __bool__(self) -> bool:
        """Say whether the cell gives any option."""
        return bool(self.set)


FIELDS = {f.encode_name: f for f in msgspec.structs.fields(Options)}
KEYS = frozenset(FIELDS)
NO_OPTIONS = CellOptions()
VERBATIM = frozenset({"when"})
"""Keys whose value is code: `#` and quotes in it are the code's own."""

LINE = re.compile(r"#\|(?P<body>.*)")
OPTION = re.compile(r"(?P<key>[A-Za-z][\w.-]*)[ \t]*:(?:[ \t]+(?P<value>.*))?$", re.DOTALL)
WORD = re.compile(r"[A-Za-z][\w.-]*")
DRAWING = re.compile(r"[^\w]*$|.*\|$")
"""Comment art such as `#|----|` and `#| a | b |` is no option."""


class _Line(msgspec.Struct):
    """One option with the lines that it goes on over."""

    key: str
    value: str
    line: int
    indent: int
    more: list[str] = []


def parse(cell: str, source: str) -> tuple[CellOptions, tuple[Diagnostic, ...]]:
    """Read the option lines of a code cell with id `cell`."""
    if "#|" not in source:
        return NO_OPTIONS, ()
    found: list[Diagnostic] = []
    values: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for entry in _entries(cell, source, found):
        key = entry.key
        if key not in KEYS:
            if not is_foreign(key):
                found.append(unknown_option.unknown(key, KEYS, cell=cell, line=entry.line))
        elif key in lines:
            message = f"option `{key}` is given twice; line {lines[key]} counts"
            found.append(option_syntax.RULE.at(message, cell=cell, line=entry.line, name=key))
        else:
            lines[key] = entry.line
            diagnostic = _read(cell, entry, values)
            if diagnostic is not None:
                found.append(diagnostic)
    given = {FIELDS[key].name: value for key, value in values.items()}
    options = CellOptions(**given, set=tuple(values), lines={k: lines[k] for k in values})
    return options, tuple(found)


def _read(cell: str, entry: _Line, values: dict[str, Any]) -> Diagnostic | None:
    """Put the value of a known option into `values`, or say why it has none."""
    key = entry.key
    try:
        value = flow.parse_block(entry.value, entry.more) if entry.more else _plain(entry)
        if key == "task" and isinstance(value, flow.Scalar) and not value.text.strip():
            return task_name.RULE.at(
                "the task's name is empty",
                cell=cell,
                line=entry.line,
                name=key,
                help="write a name behind `task:`, or remove the line",
                severity="error",
            )
        values[key] = convert(FIELDS[key].type, value)
        if key in CHECKS:
            CHECKS[key](values[key])
    except flow.FlowError as error:
        return option_syntax.RULE.at(
            f"option `{key}`: {error}",
            cell=cell,
            line=entry.line,
            name=key,
            help="put the value in quotes if it is meant as text",
        )
    except KindError as error:
        values.pop(key, None)
        return option_type.RULE.at(
            f"option `{key}` {error}", cell=cell, line=entry.line, name=key, help=error.help
        )
    except SyntaxError as error:
        values.pop(key, None)
        message = f"option `{key}` is not a Python expression: {error.msg}"
        return option_syntax.RULE.at(message, cell=cell, line=entry.line, name=key)
    return None


def _plain(entry: _Line) -> flow.Value:
    if entry.key in VERBATIM:
        return _verbatim(entry.value.strip())
    return flow.parse(entry.value)


def _verbatim(text: str) -> flow.Scalar:
    """Take code as it is; quotes around all of it are YAML's: `"x > 1"`, but not `"a" == "b"`."""
    try:
        value = flow.parse(text)
    except flow.FlowError:
        return flow.Scalar(text)
    if isinstance(value, flow.Scalar) and value.quoted:
        return value
    return flow.Scalar(text)


def _expression(text: str) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd escapes are the user's own matter
            ast.parse(text.strip(), mode="eval")
    except SyntaxError:
        raise
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(str(error)) from error


def _variable(text: str) -> None:
    if not text.isidentifier() or keyword.iskeyword(text):
        message = f"must be the name of a loop variable, not `{text}`"
        raise KindError(message)


CHECKS = {"when": _expression, "map": _variable}


def _entries(cell: str, source: str, found: list[Diagnostic]) -> Iterator[_Line]:
    """Give the options at the top of the cell; say what is wrong with other `#|` lines."""
    current: _Line | None = None
    top = True
    for number, text in enumerate(source.split("\n"), 1):
        match = LINE.match(text.rstrip("\r"))
        if match is None:
            code = text.strip()
            top = top and (not code or code.startswith(("#", "%%")))
            if current is not None:
                yield current
                current = None
            continue
        body = match["body"]
        if not top:
            _too_late(cell, number, body.strip(), found)
            continue
        indent = len(body) - len(body.lstrip())
        text = body.strip()
        if current is not None and (indent > current.indent or text[:2] in ("-", "- ")):
            current.more.append(text)
            continue
        if current is not None:
            yield current
            current = None
        if option := OPTION.match(text):
            current = _Line(option["key"], option["value"] or "", number, indent)
        else:
            _no_option(cell, number, text, found)
    if current is not None:
        yield current


def _too_late(cell: str, line: int, text: str, found: list[Diagnostic]) -> None:
    option = OPTION.match(text)
    if option is not None and option["key"] in KEYS:
        message = f"option `{option['key']}` stands below code, where it has no effect"
        advice = "move the line to the top of the cell"
        found.append(
            ignored_option.RULE.at(message, cell=cell, line=line, name=option["key"], help=advice)
        )


def _no_option(cell: str, line: int, text: str, found: list[Diagnostic]) -> None:
    word = WORD.match(text)
    name = word.group() if word else ""
    known = name in KEYS
    if not text or (name in NBDEV and not known) or (DRAWING.match(text) and not known):
        return
    found.append(
        option_syntax.RULE.at(
            f"`#| {text}` is not an option: a `key: value` is expected",
            cell=cell,
            line=line,
            name=name,
            help=f"write `#| {name}: …`" if known else "write `#` for a comment",
            severity="error" if known or text.startswith(":") else "warning",
        )
    )
