"""A bundle on disk: all that a run needs, in a folder that can be copied anywhere.

    workflow.json          the workflow, in canonical form
    tasks/<task>.ipynb     papermill notebooks, run by stock papermill in the order of `order.txt`
    order.txt              the tasks, one a line, each after those it needs
    runtime.pyz            the runtime, as the package `cellweave_runtime`
    environment.lock       pinned distributions
    Containerfile          an image with all of this
    values/                what the tasks hand to each other, once they run

It is written beside its place and renamed into it, so that a reader sees the old bundle or the new
one. The same notebook at the same paths gives the same bytes.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cellweave.convert.compile import Compiled
from cellweave.convert.container import containerfile
from cellweave.convert.lock import environment_of
from cellweave.convert.modules import imported
from cellweave.convert.task_notebook import Places, task_notebook, to_bytes
from cellweave.diagnostics.errors import UsageError, WorkflowError
from cellweave.diagnostics.rules import output_folder
from cellweave.notebook.model import Notebook
from cellweave.runtime.archive import files
from cellweave.workflow import canonical
from cellweave.workflow.order import tasks_in_order
from cellweave.workflow.validate import problems

WORKFLOW = "workflow.json"
VALUES = "values"
OWN = frozenset(
    {WORKFLOW, "tasks", "order.txt", "runtime.pyz", "environment.lock", "Containerfile", VALUES}
)
VERSION_LENGTH = 12
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first time a zip file can hold; a real one would change the bytes."""
MODE = 0o644


def write_bundle(compiled: Compiled, notebook: Notebook, out_dir: str | os.PathLike[str]) -> Path:
    """Write the bundle into `out_dir`, which is made, or replaced where it holds a bundle.

    Raises `WorkflowError` for a workflow with errors and `UsageError` for a folder with something
    else in it, before anything is written; `OSError` with nothing left behind.
    """
    if compiled.errors:
        raise WorkflowError(compiled.errors, notebook.path)
    if broken := problems(compiled.workflow):
        message = "; ".join(f"{p.code}: {p.message}" for p in broken)
        raise ValueError(f"the workflow breaks its own rules ({message})")
    target = Path(out_dir).expanduser().absolute()
    _refuse(target)
    contents = dict(_files(compiled, notebook, target))
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        for name, data in contents.items():
            place = staging / inside(name)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        umask = os.umask(0)
        os.umask(umask)
        staging.chmod(0o777 & ~umask)
        _swap(staging, target)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return target


def inside(name: str) -> PurePosixPath:
    """Give `name` as a path that stays inside the bundle; `ValueError` for any other."""
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or ".." in path.parts or "\\" in name or "\0" in name:
        raise ValueError(f"`{name}` does not stay inside the bundle")
    return path


def _files(compiled: Compiled, notebook: Notebook, target: Path) -> Iterator[tuple[str, bytes]]:
    workflow = compiled.workflow
    version = canonical.version(workflow)
    places = Places(
        # Values of another version would be stale: each version has a folder of its own.
        io=target / VALUES / version[:VERSION_LENGTH],
        runtime=target / "runtime.pyz",
        workdir=Path(notebook.path).absolute().parent,
    )
    yield WORKFLOW, canonical.to_bytes(workflow)
    for task in workflow.tasks:
        yield f"tasks/{task.name}.ipynb", to_bytes(task_notebook(task, notebook, places))
    yield "order.txt", "".join(f"{name}\n" for name in tasks_in_order(workflow)).encode()
    yield "runtime.pyz", runtime_archive()
    environment = environment_of(notebook)
    yield "environment.lock", environment.lock(imported(notebook)).encode()
    yield "Containerfile", containerfile(workflow, python=environment.python).encode()


def runtime_archive() -> bytes:
    """Give the runtime as a zip file: its sources as the package `cellweave_runtime`.

    Not compressed, so that the bytes do not depend on the zlib of this machine.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in sorted(files().items()):
            info = zipfile.ZipInfo(f"cellweave_runtime/{name}", EPOCH)
            info.external_attr = MODE << 16
            info.create_system = 3
            archive.writestr(info, data)
    return buffer.getvalue()


def _refuse(target: Path) -> None:
    """Raise `UsageError` where a bundle would replace something else."""
    if target.is_symlink():
        raise _unusable(target, "it is a link")
    if not target.exists():
        return
    if not target.is_dir():
        raise _unusable(target, "it is a file")
    names = {entry.name for entry in target.iterdir()}
    foreign = sorted(names - OWN)
    if foreign:
        raise _unusable(target, f"it holds `{foreign[0]}`, which is no part of a bundle")
    if names and WORKFLOW not in names:
        raise _unusable(target, "it holds no bundle")


def _unusable(target: Path, why: str) -> UsageError:
    return UsageError(
        output_folder.RULE.at(
            f"cannot write a bundle to `{target}`: {why}",
            name=str(target),
            help="choose a folder that is new, empty, or holds an earlier bundle",
        )
    )


def _swap(staging: Path, target: Path) -> None:
    """Put the new bundle in place; values of earlier runs stay with it."""
    if not target.exists():
        staging.rename(target)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    old = aside / "old"
    target.rename(old)
    try:
        if (old / VALUES).is_dir():
            (old / VALUES).rename(staging / VALUES)
        staging.rename(target)
    except BaseException:
        if (staging / VALUES).is_dir():
            (staging / VALUES).rename(old / VALUES)
        old.rename(target)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
