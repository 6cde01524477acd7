"""The files of this package, for whoever packs them into `runtime.pyz`."""

from __future__ import annotations

from importlib import resources


def files() -> dict[str, bytes]:
    """Name and content of every module, to be put into a folder named `cellweave_runtime`."""
    package = __package__ or "cellweave.runtime"
    found = {
        entry.name: entry.read_bytes()
        for entry in resources.files(package).iterdir()
        if entry.name.endswith(".py")
    }
    return dict(sorted(found.items()))
