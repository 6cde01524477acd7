"""Which loops `#| map: x` may take apart, and what it says of those it may not."""

from __future__ import annotations

import ast

import pytest

from cellweave.dataflow.facts import MapFact
from cellweave.dataflow.mapping import examine
from tests.dataflow.graphs import facts, findings, graph


def judged(source: str) -> str:
    """`map over xs, collects out`, or the code, line and name of the problem."""
    found = examine(ast.parse(source).body, "x")
    if isinstance(found, MapFact):
        return f"map over {found.over}, collects {' '.join(found.collects) or 'nothing'}"
    return f"{found.code} {found.line} {found.name}"


SHAPES = {
    "x = 1": "map-shape 1 x",
    "": "map-shape 1 x",
    "while x: pass": "map-shape 1 x",
    "n = 1\nfor y in xs: pass": "map-shape 2 x",
    "for x, y in xs: pass": "map-shape 1 x",
    "for x in xs: pass\nfor x in ys: pass": "map-shape 1 x",
    "for x in xs: pass\nelse: pass": "map-shape 1 x",
    "out = [f(y) for y in xs]": "map-shape 1 x",
    "out = [f(x, y) for x in xs for y in ys]": "map-shape 1 x",
    "total = sum(x for x in xs)": "map-shape 1 x",
    "out = [f(x) for x in xs]": "map over xs, collects out",
    "out = {x: f(x) for x in xs}": "map over xs, collects out",
    "out = []\nfor x in range(3):\n    out.append(x)\nout": "map over range(3), collects out",
}

INDEPENDENT = {
    "pass": "nothing",
    "continue": "nothing",
    "last = x": "nothing",
    "out.append(x)": "out",
    "d[x] = f(x)": "d",
    "total += x": "total",
    "y = x + 1\nout.append(y)": "out",
    "a, b = x\nout.append(a + b)": "out",
    "rows = []\nrows.append(x)\nout.append(rows)": "out",
    "if x:\n    d[x] = 1\nelse:\n    out.append(x)": "d out",
    "import os\nout.append(os.getpid())": "out",
    "for y in x:\n    out.append(y)": "out",
    "for y in x:\n    if y: break\nout.append(x)": "out",
    "def g():\n    return x\nout.append(g())": "out",
    "if x: y = 1\nelse: y = 2\nout.append(y)": "out",
}

DEPENDENT = {
    "if x: break": "1 x",
    "del d[x]": "1 x",
    "global q\nq = 1": "1 x",
    "out.append(len(out))": "1 out",
    "total += x\nprint(total)": "2 total",
    "d[x] = d[x] + 1": "1 d",
    "n = n + x": "1 n",
    "now = last + x\nlast = now": "1 last",
    "if x:\n    best = x\nout.append(best)": "3 best",
    "out.append(x)\nother = out": "2 out",
}


@pytest.mark.parametrize("source", SHAPES)
def test_a_map_is_one_loop_over_the_variable_or_one_comprehension(source):
    assert judged(source) == SHAPES[source]


@pytest.mark.parametrize("body", INDEPENDENT)
def test_iterations_may_collect_by_append_by_key_and_by_sum(body):
    loop = "for x in xs:\n" + "\n".join("    " + line for line in body.split("\n"))

    assert judged(loop) == f"map over xs, collects {INDEPENDENT[body]}"


@pytest.mark.parametrize("body", DEPENDENT)
def test_an_iteration_that_sees_another_is_no_map(body):
    loop = "for x in xs:\n" + "\n".join("    " + line for line in body.split("\n"))

    number, name = DEPENDENT[body].split()
    assert judged(loop) == f"map-not-independent {int(number) + 1} {name}"


@pytest.mark.parametrize(
    "body",
    [
        "total -= x",
        "total *= x",
        "d[x] += 1",
        "out.extend([x])",
        "out.insert(0, x)",
        "d.update({x: 1})",
        "seen.add(x)",
        "box.n = x",
        "box.items.append(x)",
    ],
)
def test_any_other_change_outside_the_iteration_is_no_map(body):
    found = graph(
        {
            "a": "xs = list('ab')\nout, seen, total, d = [], set(), 1, dict.fromkeys(xs, 0)\n"
            "class Box: n = 0\nbox = Box()\nbox.items = []",
            "b": f"#| map: x\nfor x in xs:\n    {body}",
        }
    )

    assert [d.code for d in found.diagnostics] == ["map-not-independent"]
    assert found.cells[1].map is None


def test_the_graph_has_the_map_of_its_cell():
    cells = {"a": "xs, out = list('ab'), []", "b": "#| map: x\nfor x in xs:\n    out.append(x)"}

    assert facts(cells, "b").map == MapFact(variable="x", over="xs", collects=("out",))
    assert facts(cells, "a").map is None


def test_a_cell_that_is_no_map_has_a_diagnostic_instead():
    cells = {"a": "xs = list('ab')", "b": "#| map: x\n\nfor x in xs:\n    if x: break"}

    assert findings(graph(cells)) == ["b:4 error map-not-independent x"]
    assert facts(cells, "b").map is None
