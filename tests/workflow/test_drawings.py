"""DOT and Mermaid."""

from __future__ import annotations

import shutil

import pytest

from cellweave.diagnostics.errors import UsageError
from cellweave.workflow.dot import render, to_dot
from cellweave.workflow.drawing import Drawing, Line, Node, of_workflow
from cellweave.workflow.mermaid import to_mermaid
from tests.workflow.samples import workflow


def test_tasks_edges_and_externals_are_drawn():
    drawing = of_workflow(workflow())

    assert [(n.id, n.shape) for n in drawing.nodes] == [
        ("load", "task"),
        ("fit", "display"),
        ("external 1", "external"),
    ]
    assert [(line.source, line.target, line.label) for line in drawing.lines] == [
        ("load", "fit", "rows"),
        ("external 1", "load", ""),
    ]


def test_long_labels_are_cut():
    assert Line(source="a", target="b", names=tuple("abcdef")).label == "a, b, c, d +2"


def test_dot_text():
    assert to_dot(workflow()) == (
        "digraph sample {\n"
        "\tgraph [rankdir=LR]\n"
        "\tnode [fontname=Helvetica]\n"
        "\tedge [fontname=Helvetica fontsize=10]\n"
        '\tload [label="Load <the> \\"data\\"" shape=box style=rounded tooltip="load: 1 cell"]\n'
        '\tfit [label=fit shape=box style="rounded,dashed" tooltip="fit: 1 cell"]\n'
        '\t"external 1" [label="data.csv" shape=cylinder tooltip=file]\n'
        '\tload -> fit [label=rows style=solid tooltip="rows bound"]\n'
        '\t"external 1" -> load [style=solid tooltip=data]\n'
        "}\n"
    )


def test_labels_of_notebooks_are_no_dot_code():
    text = to_dot(Drawing(name="<b>x</b>", nodes=(Node(id="a", label="<img src=x>\\n"),), lines=()))

    assert '"<img src=x>' in text
    assert "label=<" not in text
    assert "digraph <" not in text


def test_mermaid_text():
    assert to_mermaid(workflow()) == (
        "flowchart LR\n"
        '    n0["Load #60;the#62; #34;data#34;"]\n'
        '    n1(["fit"])\n'
        '    n2[("data.csv")]\n'
        '    n0 -->|"rows"| n1\n'
        "    n2 --> n0\n"
    )


def test_order_and_possible_edges_look_different():
    nodes = (Node(id="a", label="end"), Node(id="b", label="graph"))
    lines = (
        Line(source="a", target="b", kind="order"),
        Line(source="a", target="b", names=("x",), possible=True),
    )
    drawing = Drawing(name="d", nodes=nodes, lines=lines)

    assert "-.-> n1\n" in to_mermaid(drawing)
    assert "style=dotted" in to_dot(drawing)
    assert "style=dashed" in to_dot(drawing)


def test_a_picture_without_graphviz_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(UsageError) as error:
        render(workflow(), "svg")

    assert error.value.diagnostics[0].code == "no-graphviz"
    assert "install Graphviz" in error.value.diagnostics[0].help


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_a_picture():
    assert b"<svg" in render(workflow(), "svg")
    assert render(workflow(), "png").startswith(b"\x89PNG")
