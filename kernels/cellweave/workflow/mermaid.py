"""Mermaid text of a drawing: what GitHub, GitLab and JupyterLab show inside Markdown."""

from __future__ import annotations

from cellweave.workflow.drawing import Drawing, Line, Shape, of_workflow
from cellweave.workflow.model import Workflow

BRACKETS: dict[Shape, tuple[str, str]] = {
    "task": ("[", "]"),
    "display": ("([", "])"),
    "external": ("[(", ")]"),
    "setup": ("[/", "/]"),
}
ENTITIES = {ord(char): f"#{ord(char)};" for char in '"#&<>`\\|{}[]()'} | {
    ord("\n"): " ",
    ord("\r"): " ",
}
"""Mermaid's own entities; a label is otherwise read as Markdown and HTML."""


def to_mermaid(drawn: Workflow | Drawing) -> str:
    """Give the text of a flowchart, with a newline at the end."""
    drawing = of_workflow(drawn) if isinstance(drawn, Workflow) else drawn
    # Words like `end` and `graph` are reserved, so no task's name is used as an id as it is.
    ids = {node.id: f"n{number}" for number, node in enumerate(drawing.nodes)}
    rows = ["flowchart LR"]
    for node in drawing.nodes:
        left, right = BRACKETS[node.shape]
        rows.append(f'    {ids[node.id]}{left}"{_escape(node.label)}"{right}')
    rows += [f"    {ids[line.source]} {_arrow(line)} {ids[line.target]}" for line in drawing.lines]
    return "\n".join(rows) + "\n"


def _arrow(line: Line) -> str:
    arrow = "-.->" if line.kind == "order" or line.possible else "-->"
    return f'{arrow}|"{_escape(line.label)}"|' if line.names else arrow


def _escape(text: str) -> str:
    return text.translate(ENTITIES)
