"""The errors that the use cases raise, each with its code, in one place."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cellweave.diagnostics.catalogue import rule
from cellweave.diagnostics.errors import RunError, UsageError


def unwritable(path: Path, error: OSError) -> UsageError:
    """Say that a file or folder cannot be written, and why."""
    why = error.strerror or type(error).__name__
    where = error.filename or path
    return UsageError(rule("unwritable-output").at(f"`{where}` cannot be written: {why}"))


def not_a_run_folder(folder: Path, why: str) -> UsageError:
    """Say that a folder is not empty and not the folder of an earlier run."""
    return UsageError(
        rule("not-a-run-folder").at(
            f"`{folder}` is not the folder of a run: {why}", help="give a new or an empty folder"
        )
    )


def unknown_parameter(name: str, known: Iterable[str]) -> UsageError:
    """Say that the notebook has no parameter of this name."""
    from cellweave.diagnostics.rules.unknown_option import nearest

    names = sorted(known)
    if near := nearest(name, names):
        advice = f"did you mean `{near}`?"
    elif names:
        advice = "the parameters are " + ", ".join(f"`{n}`" for n in names)
    else:
        advice = "tag a cell `parameters` and give each parameter a default there"
    message = f"the notebook has no parameter `{name}`"
    return UsageError(rule("unknown-parameter").at(message, name=name, help=advice))


def parameter_type(name: str, text: str, annotation: str, error: Exception) -> UsageError:
    """Say that a value does not fit the type of its parameter."""
    kind = f" of type `{annotation}`" if annotation else ""
    message = f"`{text}` is not a value for parameter `{name}`{kind}: {error}"
    return UsageError(rule("parameter-type").at(message, name=name))


def engine_missing(engine: str, module: str) -> UsageError:
    """Say that the way to run that was chosen needs something that is not installed."""
    return UsageError(
        rule("engine-missing").at(
            f"engine `{engine}` needs the package `{module}`, which is not installed",
            name=engine,
            help='`pip install "cellweave[run]"`, or choose another with `--engine`',
        )
    )


def unknown_revision(spec: str, why: str) -> UsageError:
    """Say that git has no such notebook at such a revision."""
    return UsageError(rule("unknown-revision").at(f"`{spec}`: {why}", name=spec))


def no_such_value(task: str, name: str, stored: Iterable[str]) -> RunError:
    """Say that a task of a run left no value of this name."""
    names = ", ".join(f"`{n}`" for n in stored) or "nothing"
    return RunError(
        rule("no-such-value").at(
            f"task `{task}` stored no `{name}`", name=name, help=f"it stored {names}"
        )
    )
