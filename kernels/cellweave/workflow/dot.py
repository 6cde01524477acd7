"""DOT text of a drawing, and the pictures that Graphviz makes of it.

The text is made by the `graphviz` package, which needs no program; SVG and PNG need Graphviz'
own `dot`. Labels come from notebooks, so all of them are escaped: none becomes HTML or a command.
"""

from __future__ import annotations

from typing import Literal

from cellweave.diagnostics.errors import UsageError
from cellweave.diagnostics.rules.no_graphviz import RULE
from cellweave.workflow.drawing import Drawing, Shape, of_workflow
from cellweave.workflow.model import Workflow

Format = Literal["svg", "png"]
NODE_STYLES: dict[Shape, dict[str, str]] = {
    "task": {"shape": "box", "style": "rounded"},
    "display": {"shape": "box", "style": "rounded,dashed"},
    "external": {"shape": "cylinder"},
    "setup": {"shape": "note"},
}


def to_dot(drawn: Workflow | Drawing) -> str:
    """Give the DOT text."""
    import graphviz  # 70 ms: only whoever asks for DOT pays

    drawing = of_workflow(drawn) if isinstance(drawn, Workflow) else drawn
    graph = graphviz.Digraph(
        graphviz.escape(drawing.name),
        graph_attr={"rankdir": "LR"},
        node_attr={"fontname": "Helvetica"},
        edge_attr={"fontname": "Helvetica", "fontsize": "10"},
    )
    for node in drawing.nodes:
        graph.node(
            node.id,
            graphviz.escape(node.label),
            tooltip=graphviz.escape(node.tooltip or node.label),
            **NODE_STYLES[node.shape],
        )
    for line in drawing.lines:
        style = "dotted" if line.kind == "order" else "dashed" if line.possible else "solid"
        graph.edge(
            line.source,
            line.target,
            graphviz.escape(line.label) or None,
            style=style,
            tooltip=graphviz.escape(line.tooltip or line.label or line.kind),
        )
    return str(graph.source)


def render(drawn: Workflow | Drawing, fmt: Format) -> bytes:
    """Give the picture as SVG or PNG; `UsageError` (`no-graphviz`) where `dot` is not installed."""
    import graphviz

    source = to_dot(drawn)
    try:
        picture: bytes = graphviz.pipe("dot", fmt, source.encode("utf-8", "replace"), quiet=True)
    except graphviz.ExecutableNotFound:
        raise UsageError(
            RULE.at(
                f"{fmt.upper()} needs the program `dot` of Graphviz, which is not installed",
                name="dot",
                help="install Graphviz (`apt-get install graphviz`), or ask for `--dot`, "
                "`--mermaid` or `--json`",
            )
        ) from None
    return picture
