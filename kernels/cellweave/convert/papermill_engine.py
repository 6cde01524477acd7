"""`papermill --engine cellweave`: papermill around the one executor, found by its entry point.

papermill loads this module whenever it starts, with any engine, so nothing heavy stands at the top.
The notebook runs in papermill's own process: no kernel is started. What papermill itself would
print meanwhile (a progress bar, log lines) is left out, since the executor hears both streams.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from papermill.engines import Engine

JOURNAL_SUFFIX = ".journal"


class CellweaveEngine(Engine):  # type: ignore[misc]  # papermill has no types
    """Runs a notebook with `cellweave.runtime.execute`, journal beside the output."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,  # noqa: ARG003 - papermill's own signature
        **kwargs: Any,  # noqa: ARG003
    ) -> None:
        """Run the cells of `nb_man.nb`; papermill raises for the errors it finds in the outputs."""
        if nb_man.output_path and "://" not in str(nb_man.output_path):
            journal = Path(nb_man.output_path).absolute().with_suffix(JOURNAL_SUFFIX)
            journal.unlink(missing_ok=True)
            _execute(nb_man, journal)
        else:
            with tempfile.TemporaryDirectory(prefix="cellweave-") as folder:
                _execute(nb_man, Path(folder) / "journal")


def _execute(manager: Any, journal: Path) -> None:
    from cellweave.runtime.execute import execute
    from cellweave.runtime.journal import cell_key, read, render

    manager.cleanup_pbar()
    manager.log_output = False
    notebook = _plain(manager.nb)
    place = {
        cell_key(cell, index): index
        for index, cell in enumerate(notebook["cells"])
        if cell["cell_type"] == "code"
    }

    saved_s = time.monotonic()

    def on_event(event: dict[str, Any]) -> None:
        nonlocal saved_s
        kind = event["event"]
        if kind not in ("cell-start", "cell-end"):
            return
        index = place[event["cell"]]
        cell = manager.nb.cells[index]
        if kind == "cell-start":
            manager.cell_start(cell, index)
        elif event["status"] != "skipped":
            every_s = manager.autosave_cell_every
            if every_s and time.monotonic() - saved_s >= every_s:
                _take_over(manager, render(notebook, read(journal)))
                saved_s = time.monotonic()
            if event["status"] == "failed":
                manager.cell_exception(cell, index)
            manager.cell_complete(cell, index)

    _take_over(manager, execute(notebook, journal=journal, on_event=on_event))


def _plain(node: Any) -> dict[str, Any]:
    """Give an nbformat node as plain dictionaries, as the executor takes them."""
    plain: dict[str, Any] = json.loads(json.dumps(node))
    return plain


def _take_over(manager: Any, executed: dict[str, Any]) -> None:
    """Put outputs into papermill's notebook; its own metadata stays."""
    from nbformat import from_dict

    for cell, done in zip(manager.nb.cells, executed["cells"], strict=True):
        if cell["cell_type"] == "code":
            cell["outputs"] = [from_dict(output) for output in done["outputs"]]
            cell["execution_count"] = done["execution_count"]
    own = manager.nb.metadata.setdefault("cellweave", {})
    own["execution"] = executed["metadata"]["cellweave"]["execution"]
