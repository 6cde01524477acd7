"""Where runs live on this machine: never beside the notebook.

`CELLWEAVE_HOME` wins, else the platform's data directory. A run has a folder of its own:

    <home>/runs/<run id>/
        run.json              the record, rewritten by rename as the run goes on
        bundle/               what was run: workflow.json, task notebooks, runtime.pyz
        tasks/<task>.ipynb    the executed task notebooks
        values/               what tasks hand to each other
        journals/  logs/      what each process did and printed
        <notebook>.ipynb      the merged notebook
"""

from __future__ import annotations

import datetime
import os
import secrets
import shutil
import sys
from pathlib import Path

from cellweave.app.failures import not_a_run_folder, unwritable

RECORD = "run.json"
_OWN = frozenset({RECORD, "bundle", "tasks", "values", "journals", "logs", "jupyter"})


def home() -> Path:
    """Give the folder that holds everything cellweave keeps between commands."""
    chosen = os.environ.get("CELLWEAVE_HOME")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "cellweave"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / "cellweave"
    data = os.environ.get("XDG_DATA_HOME")
    base = Path(data) if data and Path(data).is_absolute() else Path.home() / ".local" / "share"
    return base / "cellweave"


def new_run_id(now: datetime.datetime) -> str:
    """Make an id that sorts by time and reads as one: `20260131-142500-3fa9c1`."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def new_run_folder(run_id: str, output: Path | None) -> Path:
    """Create the folder of a run.

    `output` is the folder itself. It may be missing, empty, or hold an earlier run, which is
    replaced; a folder with anything else in it is refused, so that nothing of the user is lost.
    """
    folder = home() / "runs" / run_id if output is None else output.expanduser().absolute()
    try:
        if folder.exists() and any(folder.iterdir()):
            _clear(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("tasks", "values", "journals", "logs"):
            (folder / name).mkdir()
    except OSError as error:
        raise unwritable(folder, error) from error
    return folder


def _clear(folder: Path) -> None:
    """Remove an earlier run; its notebook is the only file there with a name of its own."""
    entries = list(folder.iterdir())
    foreign = [e.name for e in entries if e.name not in _OWN and e.suffix != ".ipynb"]
    if not (folder / RECORD).is_file() or foreign:
        what = f"it holds `{foreign[0]}`" if foreign else "it is not empty"
        raise not_a_run_folder(folder, what)
    for entry in entries:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
