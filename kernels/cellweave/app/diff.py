"""Two notebooks, or two revisions of one, compared as workflows.

A side is a path, or `path@revision` for what git has: `churn.ipynb@HEAD~1`. A file whose name has
an `@` in it is taken as it is when it exists. Git is asked for one file; the work tree, the index
and the notebook stay as they are.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from cellweave.app.failures import unknown_revision
from cellweave.app.graph import Graph, from_bytes, load_graph

if TYPE_CHECKING:
    from cellweave.workflow.diff import Difference


def diff(before: str, after: str) -> tuple[Graph, Graph, Difference]:
    """Compare two sides. Raises `NotebookError` and `UsageError` for a side that cannot be read."""
    from cellweave.workflow.diff import compare

    first, second = load_side(before), load_side(after)
    return first, second, compare(first.workflow, second.workflow)


def load_side(spec: str) -> Graph:
    """Give the graph of a path, or of a `path@revision`."""
    path, at, revision = spec.rpartition("@")
    if not at or Path(spec).exists() or not path:
        return load_graph(spec)
    return from_bytes(_at_revision(spec, Path(path), revision), path)


def _at_revision(spec: str, path: Path, revision: str) -> bytes:
    if not revision or revision.startswith("-") or ":" in revision:
        raise unknown_revision(spec, "this is no revision")
    folder = path.parent if path.parent.is_dir() else Path()
    try:
        shown = subprocess.run(
            ["git", "-C", str(folder), "show", f"{revision}:./{path.name}"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise unknown_revision(spec, f"git cannot be started: {error.strerror}") from error
    if shown.returncode:
        said = shown.stderr.decode("utf-8", "replace").strip().splitlines()
        why = said[-1] if said else "git failed"
        raise unknown_revision(spec, why.removeprefix("fatal: "))
    return shown.stdout
