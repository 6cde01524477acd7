"""From cells to versions: who takes which name from whom, and why.

Each case is a notebook and the arrows between its cells (`graphs.arrows`): `a -> b: x y` for data,
`=>` for an order, ` ?` where all that an edge stands for is only possible.
"""

from __future__ import annotations

import pytest

from tests.dataflow.graphs import Cells, arrows, facts, graph, reasons

Case = tuple[Cells, list[str]]

CHAINS: dict[str, Case] = {
    "a reader takes the last version": (
        {"a": "x = f()", "b": "x = f()", "c": "print(x)"},
        ["b -> c: x"],
    ),
    "a reader between two writers takes the first": (
        {"a": "x = f()", "b": "print(x)", "c": "x = f()", "d": "print(x)"},
        ["a -> b: x", "c -> d: x"],
    ),
    "a writer that reads is a link": (
        {"a": "x = len('a')", "b": "x = x + 1", "c": "x += 1", "d": "print(x)"},
        ["a -> b: x", "b -> c: x", "c -> d: x"],
    ),
    "a writer after a reader needs no edge, for values travel by copy": (
        {"a": "x = list('a')", "b": "print(x)", "c": "x.append(1)", "d": "print(x)"},
        ["a -> b: x", "a -> c: x", "c -> d: x"],
    ),
    "what nobody reads has no edge": ({"a": "x = f()", "b": "y = f()"}, []),
    "a deletion ends a chain": (
        {"a": "x = f()", "b": "del x", "c": "x = f()", "d": "print(x)"},
        ["a -> b: x", "c -> d: x"],
    ),
    "a cell that is skipped has no part in it": (
        {"a": "x = f()", "b": "#| skip: true\nx = f()", "c": "print(x)"},
        ["a -> c: x"],
    ),
    "a maker that nobody needs to pass on is no link": (
        {"a": "x = list('a')", "b": "x.append(1)", "c": "x = f()", "d": "print(x)"},
        ["a -> b: x", "c -> d: x"],
    ),
}

BRANCHES: dict[str, Case] = {
    "both branches bind": (
        {"a": "x = f()", "b": "if input():\n    x = 1\nelse:\n    x = 2", "c": "print(x)"},
        ["b -> c: x"],
    ),
    "one branch binds": (
        {"a": "x = f()", "b": "if input():\n    x = 1", "c": "print(x)"},
        ["a -> b: x", "b -> c: x"],
    ),
    "one branch binds and nobody reads": ({"a": "x = f()", "b": "if input():\n    x = 1"}, []),
    "a loop that may not run": (
        {"a": "x = f()", "b": "for x in input(): pass", "c": "print(x)"},
        ["a -> b: x", "b -> c: x"],
    ),
    "a loop that runs": (
        {"a": "x = f()", "b": "for x in [1, 2]: pass", "c": "print(x)"},
        ["b -> c: x"],
    ),
    "the variable of a comprehension is its own": (
        {"a": "x = f()", "b": "y = [x for x in input()]", "c": "print(x, y)"},
        ["a -> c: x", "b -> c: y"],
    ),
    "a try that may stop before": (
        {"a": "x = f()", "b": "try:\n    x = g()\nexcept OSError:\n    pass", "c": "print(x)"},
        ["a -> b: x", "b -> c: x"],
    ),
    "a match with a last case": (
        {
            "a": "x = f()",
            "b": "match input():\n    case 'a': x = 1\n    case _: x = 2",
            "c": "print(x)",
        },
        ["b -> c: x"],
    ),
    "a walrus in a test": (
        {"a": "x = f()", "b": "if (x := input()): pass", "c": "print(x)"},
        ["b -> c: x"],
    ),
    "a cell that may be left out": (
        {"a": "x = f()\nn = f()", "b": "#| when: n\nx = 2", "c": "print(x)"},
        ["a -> b: n x", "b -> c: x"],
    ),
}

FUNCTIONS: dict[str, Case] = {
    "a body reads at the call": (
        {"a": "n = f()", "b": "def g(): return n", "c": "n = f()", "d": "print(g())"},
        ["c -> d: n"],
    ),
    "a body that is not called reads nothing": (
        {"a": "n = f()", "b": "def g(): return n", "c": "print(1)"},
        [],
    ),
    "a body changes its argument": (
        {"a": "def g(v): v.append(1)", "b": "x = list('a')", "c": "g(x)", "d": "print(x)"},
        ["b -> c: x", "c -> d: x"],
    ),
    "a body binds a global": (
        {"a": "def g():\n    global n\n    n = 1", "b": "g()", "c": "print(n)"},
        ["b -> c: n"],
    ),
    "a function that is made by a call is a value": (
        {"a": "def make():\n    return lambda: 1", "b": "g = make()", "c": "print(g())"},
        ["b -> c: g"],
    ),
    "a closure remembers": (
        {
            "a": "def make():\n    kept = []\n    return lambda: kept.append(1) or kept",
            "b": "g = make()",
            "c": "g()",
            "d": "print(g())",
        },
        ["b -> c: g", "c -> d: g"],
    ),
    "a method changes its object": (
        {
            "a": "class C:\n    def __init__(self): self.n = 0\n    def up(self): self.n += 1",
            "b": "c = C()",
            "c": "c.up()",
            "d": "print(c.n)",
        },
        ["b -> c: c", "c -> d: c"],
    ),
}

OBJECTS: dict[str, Case] = {
    "a second name sees the change": (
        {"a": "x = [1]", "b": "y = x", "c": "x.append(2)", "d": "print(y)"},
        ["a -> b: x", "b -> c: x y", "c -> d: y"],
    ),
    "what holds it sees the change": (
        {"a": "x = [1]", "b": "box = {'x': x}", "c": "x.append(2)", "d": "print(box)"},
        ["a -> b: x", "b -> c: box x", "c -> d: box"],
    ),
    "an object that keeps it sees the change": (
        {
            "a": "class C:\n    def __init__(self, v): self.v = v",
            "b": "x = [1]\nc = C(x)",
            "c": "x.append(2)",
            "d": "print(c.v)",
        },
        ["b -> c: c x", "c -> d: c"],
    ),
    "a view sees the change": (
        {
            "a": "import numpy as np\nx = np.zeros(3)\ny = x[1:]",
            "b": "y[0] = 1",
            "c": "print(x)",
        },
        ["a -> b: x y", "b -> c: x"],
    ),
    "a copy does not": (
        {"a": "x = list('a')", "b": "y = list(x)", "c": "x.append(2)", "d": "print(y)"},
        ["a -> b: x", "a -> c: x", "b -> d: y"],
    ),
    "a shallow copy shares what it holds": (
        {"a": "x = [[1]]", "b": "y = x.copy()", "c": "y[0].append(2)", "d": "print(x)"},
        ["b -> c: x y", "c -> d: x"],
    ),
    "immutable values have no second name": (
        {"a": "x = len('a')\ny = x", "b": "x += 1", "c": "print(x, y)"},
        ["a -> b: x", "a -> c: y", "b -> c: x"],
    ),
    "a second name that nobody reads is left behind": (
        {"a": "x = [1]", "b": "y = x", "c": "x.append(2)", "d": "print(x)"},
        ["a -> b: x", "a -> c: x", "c -> d: x"],
    ),
    "a name bound anew shares no longer": (
        {
            "a": "x = list('a')",
            "b": "y = x",
            "c": "x = f()",
            "d": "y.append(1)",
            "e": "print(x, y)",
        },
        ["a -> b: x", "b -> d: y", "c -> e: x", "d -> e: y"],
    ),
    "identity is asked for": (
        {"a": "x = [1]", "b": "y = x", "c": "print(x is y)"},
        ["b -> c: x y"],
    ),
}

POSSIBLE: dict[str, Case] = {
    "an unknown call may change its argument": (
        {"a": "import lib\nx = [1]", "b": "lib.f(x)", "c": "print(x)"},
        ["a -> b: x", "b -> c: x ?"],
    ),
    "a certain write beside it makes the edge certain": (
        {"a": "import lib\nx = [1]", "b": "y = lib.f(x)", "c": "print(x, y)"},
        ["a -> b: x", "b -> c: x y"],
    ),
    "an unknown call may make them share": (
        {
            "a": "import lib\nx = []\ny = []",
            "b": "lib.f(x, y)",
            "c": "x.append(1)",
            "d": "print(y)",
        },
        ["a -> b: x y", "b -> c: x y ?", "c -> d: y"],
    ),
    "a known call that changes nothing is no writer": (
        {"a": "x = list('a')", "b": "print(sorted(x))", "c": "print(x)"},
        ["a -> b: x", "a -> c: x"],
    ),
    "a function that the option calls pure changes nothing": (
        {"a": "import lib\nx = list('a')", "b": "#| pure: f\nlib.f(x)", "c": "print(x)"},
        ["a -> b: x", "a -> c: x"],
    ),
    "an argument that the option calls unchanged is not": (
        {"a": "import lib\nx = list('a')", "b": "#| pure: x\nlib.f(x)", "c": "print(x)"},
        ["a -> b: x", "a -> c: x"],
    ),
    "opaque code may write every name": (
        {"a": "x = f()", "b": "exec(input())", "c": "print(x)"},
        ["a -> b: x", "b -> c: x ?"],
    ),
    "opaque code may bind what nobody binds": (
        {"a": "%run other.py", "b": "print(y)"},
        ["a -> b: y ?"],
    ),
    "code in a constant is not opaque": (
        {"a": "exec('x = f()')", "b": "print(x)"},
        ["a -> b: x"],
    ),
}

OPTIONS: dict[str, Case] = {
    "a name that an option says is read": (
        {"a": "x = f()", "b": "#| reads: [x]\nprint(1)"},
        ["a -> b: x"],
    ),
    "a name that an option says is written": (
        {"a": "x = f()", "b": "#| writes: [x]\nprint(1)", "c": "print(x)"},
        ["a -> b: x", "b -> c: x"],
    ),
}

CHANNELS: dict[str, Case] = {
    "draws after a seed are in order": (
        {
            "a": "import random\nrandom.seed(7)",
            "b": "x = random.random()",
            "c": "y = random.random()",
        },
        ["a => b: ~random", "b => c: ~random"],
    ),
    "draws without a seed are not": (
        {"a": "import random", "b": "x = random.random()", "c": "y = random.random()"},
        [],
    ),
    "draws before the seed are not": (
        {
            "a": "import random\nx = random.random()",
            "b": "random.seed(7)",
            "c": "y = random.random()",
        },
        ["b => c: ~random"],
    ),
    "each generator has its own": (
        {
            "a": "import random\nimport numpy as np\nrandom.seed(7)",
            "b": "x = np.random.rand()",
            "c": "y = random.random()",
        },
        ["a => c: ~random"],
    ),
    "a generator in a variable is a value": (
        {
            "a": "import numpy as np\nrng = np.random.default_rng(7)",
            "b": "x = rng.normal()",
            "c": "y = rng.normal()",
        },
        ["a -> b: rng", "b -> c: rng"],
    ),
    "a function that draws": (
        {
            "a": "import random\nrandom.seed(7)\ndef f(): return random.random()",
            "b": "f()",
            "c": "f()",
        },
        ["a => b: ~random", "b => c: ~random"],
    ),
    "the environment, by variable": (
        {
            "a": "import os\nos.environ['A'] = 'x'",
            "b": "print(os.environ['A'])",
            "c": "print(os.environ['B'])",
        },
        ["a => b: ~env:A"],
    ),
    "a shell line sees what the notebook sets": (
        {"a": "import os\nos.environ['A'] = 'x'", "b": "!echo $A"},
        ["a => b: ~env:A"],
    ),
    "the working directory, for relative names": (
        {"a": "%cd data", "b": "print(open('x').read())", "c": "print(open('/x').read())"},
        ["a => b: ~cwd"],
    ),
    "an option that is computed": (
        {
            "a": "import pandas as pd\npd.set_option('display.width', len(input()))",
            "b": "pd.DataFrame({'x': [1]})",
        },
        ["a => b: ~option:pandas"],
    ),
    "the state of a module": (
        {"a": "import lib", "b": "lib.x = f()", "c": "print(lib.x)"},
        ["b => c: ~module:lib"],
    ),
}

CASES = {
    f"{group}: {why}": case
    for group, cases in {
        "chains": CHAINS,
        "branches": BRANCHES,
        "functions": FUNCTIONS,
        "objects": OBJECTS,
        "possible": POSSIBLE,
        "options": OPTIONS,
        "channels": CHANNELS,
    }.items()
    for why, case in cases.items()
}


@pytest.mark.parametrize("why", CASES)
def test_each_reader_takes_the_version_that_a_plain_run_would_see(why):
    cells, expected = CASES[why]

    assert arrows(graph(cells)) == expected


REASONS: dict[str, Case] = {
    "bound": ({"a": "\nx = f()", "b": "1\nprint(x)"}, ["x: bound a:2 -> b:2"]),
    "changed in place": (
        {"a": "x = list('a')", "b": "\nx.append(1)", "c": "\n\nprint(x)"},
        ["x: bound a:1 -> b:2", "x: changed in place by .append() b:2 -> c:3"],
    ),
    "changed by an item": (
        {"a": "x = dict(a=1)\n\nx['b'] = 2", "b": "x['c'] = 3", "c": "print(x)"},
        ["x: bound a:1 -> b:1", "x: changed in place by `[…] = …` b:1 -> c:1"],
    ),
    "changed in a function, at the line of the call": (
        {"a": "def g(v):\n    v.append(1)", "b": "x = [1]", "c": "\ng(x)", "d": "print(x)"},
        ["x: bound b:1 -> c:2", "x: changed in place by .append() c:2 -> d:1"],
    ),
    "bound on some path": (
        {"a": "if input():\n    x = f()\n", "b": "print(x)"},
        ["x: bound on some path only a:2 -> b:1"],
    ),
    "possibly changed": (
        {"a": "import lib\nx = [1]", "b": "lib.f(x)", "c": "print(x)"},
        ["x: bound a:2 -> b:1", "x: possibly changed by f() b:1 -> c:1"],
    ),
    "handed on": (
        {"a": "x = list('a')", "b": "\ny = x", "c": "x.append(1)", "d": "print(y)"},
        [
            "x: bound a:1 -> b:2",
            "x: shares an object with `y` b:2 -> c:1",
            "y: bound b:2 -> c:1",
            "y: changed in place by .append() c:1 -> d:1",
        ],
    ),
    "seeded and drawn": (
        {"a": "import random\nrandom.seed(7)", "b": "random.random()", "c": "random.random()"},
        [
            "~random: set by seed() a:2 -> b:1",
            "~random: drawn from by random() b:1 -> c:1",
        ],
    ),
    "opaque": (
        {"a": "x = f()", "b": "1\n%run y.py", "c": "print(x)"},
        ["x: bound a:1 -> b:2", "x: `%run` may define or change any name b:2 -> c:1"],
    ),
}


@pytest.mark.parametrize("why", REASONS)
def test_an_edge_says_why_and_both_lines(why):
    cells, expected = REASONS[why]

    assert reasons(graph(cells)) == expected


def test_whoever_shares_hands_on_the_whole_group():
    cells = {"a": "x = [1]", "b": "y = x", "c": "z = y", "d": "z.append(1)", "e": "print(x, y, z)"}

    assert arrows(graph(cells)) == [
        "a -> b: x",
        "b -> c: x y",
        "c -> d: x y z",
        "d -> e: x y z",
    ]
    assert facts(cells, "c").writes == ("x", "y", "z")
    assert facts(cells, "b").shares == (("x", "y"), ("y", "x"))


def test_a_group_is_kept_only_while_somebody_changes_it_later():
    cells = {"a": "x = list('a')", "b": "y = x", "c": "print(x, y)"}

    assert arrows(graph(cells)) == ["a -> b: x", "a -> c: x", "b -> c: y"]
    assert facts(cells, "b").shares == ()


def test_names_that_change_later_are_known_after_each_cell():
    cells = {"a": "x = [1]\ny = [1]", "b": "print(x, y)", "c": "x.append(2)", "d": "print(x)"}

    assert [f.mutated_later for f in graph(cells).cells] == [("x",), ("x",), (), ()]


def test_only_possible_writes_are_told_apart():
    found = facts({"a": "import lib\nx = [1]", "b": "y = lib.f(x)", "c": "print(x, y)"}, "b")

    assert (found.writes, found.possible) == (("x", "y"), ("x",))


def test_without_changes_in_place_their_edges_are_missing():
    cells = {"a": "x = list('a')", "b": "x.append(1)", "c": "print(x)"}

    assert arrows(graph(cells, mutations=False)) == ["a -> b: x", "a -> c: x"]
