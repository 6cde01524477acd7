"""An edit gives what a new analysis would give, and looks at few cells for it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cellweave.dataflow.facts import CellGraph
from tests.dataflow.graphs import Cells, analysis, arrows, graph, source_cell

QUICK = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
SECONDS = 10.0
"""The most that one cell may take: generous, for the machine may be loaded."""


def chain(cells: int) -> Cells:
    return {"c0": "x0 = len('a')"} | {f"c{i}": f"x{i} = x{i - 1} + 1" for i in range(1, cells)}


def same(a: CellGraph, b: CellGraph) -> bool:
    """Compare as JSON, so that a difference is shown as text."""
    assert msgspec.json.encode(a).decode() == msgspec.json.encode(b).decode()
    return a == b


# ------------------------------------------------------------------ how much an edit looks at

VISITS: dict[str, tuple[Cells, str, str, int]] = {
    "a value in the middle of a chain": (chain(1000), "c500", "x500 = x499 + 2", 3),
    "a comment": (chain(10), "c5", "x5 = x4 + 1  # why", 1),
    "the last cell": (chain(10), "c9", "x9 = 3", 1),
    "a name that nobody reads": (chain(10), "c5", "x5 = x4 + 1\ny = 1", 1),
    "a name that one cell reads": (
        {"a": "x = 1", "b": "print(x)", "c": "y = 1", "d": "print(y)"},
        "a",
        "x = [1]",
        2,
    ),
    "a name that is bound again below": (
        {"a": "x = 1", "b": "x = 2", "c": "print(x)", "d": "print(x)"},
        "a",
        "x = [1]",
        1,
    ),
    "a name that goes away": ({"a": "x = 1", "b": "print(x)", "c": "y = 1"}, "a", "y = 0", 2),
    "a name that every cell reads": (
        {"a": "x = 1"} | {f"r{i}": "print(x)" for i in range(5)},
        "a",
        "x = [1]",
        6,
    ),
    "a cell that does not parse": ({"a": "x = 1", "b": "print(x)"}, "b", "print(", 1),
    "the same again": ({"a": "x = [1]", "b": "x.append(1)", "c": "print(x)"}, "a", "x = [1]", 1),
}


@pytest.mark.parametrize("why", VISITS)
def test_an_edit_looks_at_the_cell_and_at_those_that_read_what_it_changes(why):
    cells, cell, source, most = VISITS[why]
    found = analysis(cells)
    found.graph()

    found.edit(cell, source)

    assert 1 <= found.visited <= most
    if len(cells) < 100:
        assert same(found.graph(), graph({**cells, cell: source}))


def test_the_first_analysis_looks_at_every_cell_once():
    assert analysis(chain(20)).visited == 20


def test_an_edit_of_no_cell_is_refused():
    with pytest.raises(KeyError, match="nowhere"):
        analysis(chain(2)).edit("nowhere", "x = 1")


def test_an_edit_may_change_the_options_alone():
    found = analysis({"a": "x = f()", "b": "x = f()", "c": "print(x)"})
    assert arrows(found.graph()) == ["b -> c: x"]

    found.edit("b", source_cell("b", "#| skip: true\nx = f()"))

    assert arrows(found.graph()) == ["a -> c: x"]


EDITS: dict[str, tuple[Cells, str, str]] = {
    "a second name": (
        {"a": "x = [1]", "b": "y = x", "c": "x.append(1)", "d": "print(y)"},
        "b",
        "y = 1",
    ),
    "a function that changes": (
        {"a": "def f(v): v.append(1)", "b": "x = [1]", "c": "f(x)", "d": "print(x)"},
        "a",
        "def f(v): return v",
    ),
    "a class that changes": (
        {
            "a": "class C:\n    def m(self): self.n = 1",
            "b": "c = C()",
            "c": "c.m()",
            "d": "print(c)",
        },
        "a",
        "class C:\n    def m(self): pass",
    ),
    "a class with a method of a name in use": (
        {"a": "x = 1", "b": "import lib\nb = lib.f()", "c": "b.m(x)", "d": "print(x, b)"},
        "a",
        "x = [1]\nclass C:\n    def m(self, v): v.append(1)",
    ),
    "a seed": (
        {"a": "import random\nrandom.seed(1)", "b": "random.random()", "c": "random.random()"},
        "a",
        "import random",
    ),
    "opaque code comes": ({"a": "x = 1", "b": "y = 1", "c": "print(x, z)"}, "b", "exec(input())"),
    "opaque code goes": ({"a": "x = 1", "b": "exec(input())", "c": "print(x, z)"}, "b", "z = 1"),
    "a module's state": ({"a": "import lib", "b": "y = 1", "c": "print(lib.x)"}, "b", "lib.x = 1"),
    "the environment": (
        {"a": "import os", "b": "y = 1", "c": "!echo $A"},
        "b",
        "os.environ['A'] = 'x'",
    ),
    "a star import": ({"a": "import math", "b": "print(sqrt(4))"}, "a", "from math import *"),
    "a literal that is changed": ({"a": "x = [1]", "b": "y = x", "c": "y"}, "b", "x.append(2)"),
    "a deletion": ({"a": "x = f()", "b": "y = 1", "c": "print(x)"}, "b", "del x"),
    "a further read": (
        {"a": "x = f()", "b": "y = 1\nz = g()", "c": "print(z)"},
        "b",
        "y = x\nz = g()",
    ),
    "two items on one line": (
        {"a": "A = 1; B = 2", "b": "print(A, B)"},
        "a",
        "A = 1; B = 2  # why",
    ),
    "a line further down": ({"a": "x = f()", "b": "print(x)"}, "b", "\n\nprint(x)"),
    "a read less": ({"a": "x = f()", "b": "print(x)", "c": "x"}, "b", "print(1)"),
    "another name is read": ({"a": "x, y = f()", "b": "print(x)", "c": "y"}, "b", "print(y)"),
    "an alias goes away under a later change": (
        {"a": "x = [1]", "b": "box = [x]", "c": "box[0].append(1)", "d": "print(x)"},
        "b",
        "box = [[2]]",
    ),
}


@pytest.mark.parametrize("why", EDITS)
def test_an_edit_equals_a_new_analysis_there_and_back(why):
    cells, cell, source = EDITS[why]
    found = analysis(cells)
    found.graph()

    found.edit(cell, source)
    assert same(found.graph(), graph({**cells, cell: source}))

    found.edit(cell, cells[cell])
    assert same(found.graph(), graph(cells))


LINES = [
    "{a} = []",
    "{a} = {b}",
    "{a} = [{b}]",
    "{a} = ({b}, {c})",
    "{a}, {b} = {c}",
    "{a} = len(str({b}))",
    "{a} = 3",
    "A = 1; {a} = 2",
    "{a}.append({b})",
    "{a}[0] = {b}",
    "{a} += {b}",
    "{a}.x = {b}",
    "{a} = {b}.x",
    "del {a}",
    "if {b}:\n    {a} = 1",
    "for {a} in {b}:\n    {c}.append({a})",
    "while {a}:\n    {b} = {c}\n    break",
    "try:\n    {a} = {b}\nexcept E:\n    del {c}",
    "with {a} as {b}:\n    {c}[0] = {b}",
    "{a} = {b} if {c} else [1]",
    "def {a}(x):\n    {b}.append(x)\n    return {c}",
    "def {a}():\n    global {b}\n    {b} = {c}",
    "{a} = lambda: {b}",
    "{a} = {b}({c})",
    "class {a}:\n    items = {b}\n    def add(self, x):\n        self.items.append(x)",
    "{a} = {b}()",
    "{a}.add({b})",
    "{a} = (y for y in {b})",
    "import random",
    "random.seed(1)",
    "{a} = random.random()",
    "import lib",
    "lib.f({a})",
    "{a} = lib.g({b}, {c})",
    "lib.x = {a}",
    "from lib import *",
    "exec({a})",
    "import os",
    "os.environ['{a}'] = 'x'",
    "{a} = os.environ['{b}']",
    "open('{a}', 'w').write({b})",
    "open('{a}')",
    "%cd {a}",
    "!echo {{{a}}}",
    "print({a} is {b})",
    "{a}",
    "){a}",
]
NAMES = st.sampled_from("abc")
CELL = st.lists(
    st.builds(
        lambda line, a, b, c: line.format(a=a, b=b, c=c),
        st.sampled_from(LINES),
        NAMES,
        NAMES,
        NAMES,
    ),
    max_size=3,
).map("\n".join)
BOOK = st.lists(CELL, min_size=1, max_size=6).map(
    lambda cells: {f"c{i}": s for i, s in enumerate(cells)}
)

EDIT = st.tuples(st.integers(0, 5), CELL, st.booleans())
"""Which cell gets which source, and whether somebody looks at the graph in between."""


@settings(QUICK, max_examples=120)
@given(cells=BOOK, edits=st.lists(EDIT, min_size=1, max_size=4))
def test_edits_one_by_one_equal_an_analysis_at_once(cells, edits):
    cells = dict(cells)
    found = analysis(cells)
    found.graph()

    for number, source, look in edits:
        cell = f"c{number % len(cells)}"
        cells[cell] = source
        found.edit(cell, source)
        if look:
            assert same(found.graph(), graph(cells))

    assert same(found.graph(), graph(cells))


@settings(QUICK, max_examples=60)
@given(cells=BOOK)
def test_whatever_a_notebook_says_its_edges_hold_together(cells):
    found = graph(cells)

    order = {f.id: f.index for f in found.cells}
    for edge in found.edges:
        assert order[edge.source] < order[edge.target]
        assert edge.names == tuple(sorted({r.name for r in edge.reasons}))
    taken = {(i.id, name, writer) for i in found.cells for name, writer in i.inputs}
    drawn = {
        (e.target, n, e.source) for e in found.edges for n in e.names if not n.startswith("~file:")
    }
    assert taken == drawn
    writes = {(f.id, name) for f in found.cells for name in f.writes}
    assert {(writer, name) for _, name, writer in taken} <= writes
    items = {i.id: n for n, i in enumerate(found.items)}
    assert all(items[need] < n for i, n in items.items() for need in found.items[n].needs)
    assert all(0 <= d.line <= len(cells[d.cell].split("\n")) for d in found.diagnostics)


# ------------------------------------------------------------- nothing makes the analysis raise


@settings(QUICK, max_examples=150)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_any_text_has_a_graph(sources):
    cells = {str(i): source for i, source in enumerate(sources)}

    assert [f.id for f in graph(cells).cells] == list(cells)


@settings(QUICK, max_examples=100)
@given(st.text(alphabet=st.sampled_from("ab=%!?'\"\\\n ()[]{}#:,.1$"), max_size=60))
def test_text_that_is_almost_code_has_a_graph(source):
    assert len(graph({"a": source, "b": source}).cells) == 2


def library_tests() -> list[Path]:
    """Two hundred of Python's own test modules, the smaller ones: all the syntax there is."""
    folder = next(
        (Path(p) / "test" for p in sys.path if (Path(p) / "test" / "test_grammar.py").is_file()),
        None,
    )
    files = sorted(folder.rglob("*.py")) if folder else []
    small = [f for f in files if 0 < f.stat().st_size < 12_000]
    return small[:: max(1, len(small) // 200)][:200]


FILES = library_tests()


@pytest.mark.slow
@pytest.mark.skipif(not FILES, reason="this Python comes without its tests")
@pytest.mark.parametrize("part", range(10))
def test_any_python_has_a_graph_in_time(part):
    for file in FILES[part::10]:
        source = file.read_text(encoding="utf8", errors="replace")

        started = time.process_time()
        (cell,) = graph({"a": source}).cells

        assert "beyond the analysis" not in cell.opaque, file
        assert time.process_time() - started < SECONDS, file
