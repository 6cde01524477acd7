"""cellweave: any Jupyter notebook as an explained, correct task graph.

    import cellweave

    notebook = cellweave.load("churn.ipynb")
    notebook.graph()
    run = notebook.run(start="2024-01-01")
    run["fit"].value("model")

Everything is loaded when it is first used: importing the package costs nothing. The parts below
import it too, so it must not name `app` in an import statement, which would turn every arrow
between the packages into a circle.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["CellweaveError", "__version__", "load"]

_PLACES = {
    "load": "cellweave.app.api",
    "CellweaveError": "cellweave.diagnostics.errors",
}

if TYPE_CHECKING:
    load: Any
    CellweaveError: Any


def __getattr__(name: str) -> Any:
    place = _PLACES.get(name)
    if place is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(place), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PLACES})
