"""The graph of a notebook as a drawing: DOT, Mermaid, SVG, PNG; of tasks or of cells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cellweave._base.files import write_atomic
from cellweave.app.failures import unwritable
from cellweave.workflow.drawing import Drawing, Node, Shape, line_of, of_workflow

if TYPE_CHECKING:
    from cellweave.app.graph import Graph

LABEL_LENGTH = 40
_SHAPES: dict[str, Shape] = {"setup": "setup", "parameters": "setup", "display": "display"}


def drawn(graph: Graph, form: str, *, cells: bool = False) -> str:
    """Give the drawing in `form`: dot, mermaid or svg. `UsageError` where `dot` is missing."""
    return _FORMS[form](_drawing(graph, cells=cells))


def write_png(graph: Graph, path: Path, *, cells: bool = False) -> None:
    """Write the drawing as a PNG; nothing is written when it cannot be made."""
    from cellweave.workflow.dot import render

    picture = render(_drawing(graph, cells=cells), "png")
    try:
        write_atomic(path, picture)
    except OSError as error:
        raise unwritable(path, error) from error


def of_cells(graph: Graph) -> Drawing:
    """Draw the code cells, those of setup and parameters too."""
    sources = {cell.id: cell.source for cell in graph.notebook.code_cells}
    return Drawing(
        name=graph.workflow.name,
        nodes=tuple(
            Node(
                id=cell.id,
                label=f"{cell.id}\n{_first_line(sources.get(cell.id, ''))}".rstrip("\n"),
                shape=_SHAPES.get(cell.role, "task"),
                tooltip=cell.role,
            )
            for cell in graph.cells.cells
        ),
        lines=tuple(line_of(edge) for edge in graph.cell_edges()),
    )


def _drawing(graph: Graph, *, cells: bool) -> Drawing:
    return of_cells(graph) if cells else of_workflow(graph.workflow)


def _first_line(source: str) -> str:
    lines = (line.strip() for line in source.splitlines())
    line = next((line for line in lines if line and not line.startswith("#")), "")
    return line if len(line) <= LABEL_LENGTH else line[: LABEL_LENGTH - 1] + "…"


def _dot(drawing: Drawing) -> str:
    from cellweave.workflow.dot import to_dot

    return to_dot(drawing)


def _mermaid(drawing: Drawing) -> str:
    from cellweave.workflow.mermaid import to_mermaid

    return to_mermaid(drawing)


def _svg(drawing: Drawing) -> str:
    from cellweave.workflow.dot import render

    return render(drawing, "svg").decode()


_FORMS: dict[str, Callable[[Drawing], str]] = {"dot": _dot, "mermaid": _mermaid, "svg": _svg}
