"""Writing a bundle: what a backend, or anybody with papermill, needs to run the workflow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cellweave.app.failures import unwritable

if TYPE_CHECKING:
    from cellweave.app.graph import Graph


def build(graph: Graph, folder: Path) -> Path:
    """Write the bundle of a workflow without errors into `folder`.

    Raises `WorkflowError` or `NotebookError` before anything is written, and `UsageError` where
    the folder cannot be written.
    """
    from cellweave.convert.bundle import write_bundle

    graph.require_runnable()
    try:
        return write_bundle(graph.compiled, graph.notebook, folder)
    except OSError as error:
        raise unwritable(folder, error) from error
