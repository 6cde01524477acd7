"""What is setup, that is, repeated as source in each task that needs it, and what is a value."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from cellweave.dataflow.setup import is_literal
from cellweave.dataflow.source import parse
from tests.dataflow.graphs import arrows, facts, graph, items, roles

SETUP = {
    # imports
    "import os": ["a:1 import os"],
    "import a.b": ["a:1 import a"],
    "import a.b as c": ["a:1 import c"],
    "from a import b, c as d": ["a:1 import b d"],
    "from math import *": ["a:1 import *"],
    "try:\n    import fast as m\nexcept ImportError:\n    import slow as m": ["a:1 import m"],
    "try:\n    import fast\n    HAS = 1\nexcept ImportError:\n    fast = None\n    HAS = 0": [
        "a:1 import fast HAS"
    ],
    # literals, and what is made of them without looking outside
    "x = 1": ["a:1 literal x"],
    "x = -1": ["a:1 literal x"],
    "x = 'a'": ["a:1 literal x"],
    "x = None": ["a:1 literal x"],
    "x = (1, ('a', b'c'))": ["a:1 literal x"],
    "x = [1, [2]]": ["a:1 literal x"],
    "x = {'a': {1, 2}}": ["a:1 literal x"],
    "x = 2 ** 10": ["a:1 literal x"],
    "x: int = 3": ["a:1 literal x"],
    "x, y = 1, 2": ["a:1 literal x y"],
    "x = y = 1": ["a:1 literal x y"],
    "x = 1\ny = x * 2": ["a:1 literal x", "a:2 literal y"],
    "x = 'a'\ny = f'{x}/b'": ["a:1 literal x", "a:2 literal y"],
    "import re\nx = re.compile('a')": ["a:1 import re", "a:2 literal x"],
    "from pathlib import Path\nx = Path('a')": ["a:1 import Path", "a:2 literal x"],
    "import datetime\nx = datetime.date(2020, 1, 1)": ["a:1 import datetime", "a:2 literal x"],
    "from collections import namedtuple\nP = namedtuple('P', 'x y')": [
        "a:1 import namedtuple",
        "a:2 literal P",
    ],
    # definitions
    "def f(): return missing": ["a:1 definition f"],
    "async def f(): pass": ["a:1 definition f"],
    "def f(x=1, *, y='a'): pass": ["a:1 definition f"],
    "f = lambda x: x": ["a:1 definition f"],
    "class C:\n    n = 1\n    def m(self): pass": ["a:1 definition C"],
    "class A: pass\nclass B(A): pass": ["a:1 definition A", "a:2 definition B"],
    "def f(): pass\ntable = {'f': f}": ["a:1 definition f", "a:2 literal table"],
    "import functools\n@functools.lru_cache(maxsize=None)\ndef f(x): return x": [
        "a:1 import functools",
        "a:2 definition f",
    ],
    "from dataclasses import dataclass\n@dataclass\nclass C:\n    n: int = 1": [
        "a:1 import dataclass",
        "a:2 definition C",
    ],
    # configuration
    "import pandas as pd\npd.set_option('display.width', 9)": ["a:1 import pd", "a:2 config"],
    "import pandas as pd\npd.options.display.width = 9": ["a:1 import pd", "a:2 config"],
    "import matplotlib.pyplot as plt\nplt.rcParams['figure.dpi'] = 9": [
        "a:1 import plt",
        "a:2 config",
    ],
    "import warnings\nwarnings.filterwarnings('ignore')": ["a:1 import warnings", "a:2 config"],
    "import sys\nsys.path.insert(0, 'lib')": ["a:1 import sys", "a:2 config"],
    "%matplotlib inline": ["a:1 config"],
    "%load_ext autoreload": ["a:1 config"],
    # by its author's word
    "#| setup: true\nx = open('y').read()": ["a:1 definition x"],
}


@pytest.mark.parametrize("source", SETUP)
def test_what_replays_identically_in_any_process_is_setup(source):
    found = graph({"a": source})

    assert items(found) == SETUP[source]
    assert roles(found) == "a=setup"


VALUES = {
    "a call": "x = f()",
    "the clock": "import time\nx = time.time()",
    "a file": "x = open('y').read()",
    "the environment": "import os\nx = os.environ['Y']",
    "a random number": "import random\nx = random.random()",
    "an object of a library": "import numpy as np\nx = np.zeros(3)",
    "a seed": "import random\nrandom.seed(7)",
    "a working directory": "import os\nos.chdir('y')",
    "an attribute of a module": "import lib\nlib.x = 1",
    "configuration that is computed": "import pandas as pd\npd.set_option('a', input())",
    "a branch": "if input(): x = 1",
    "a loop": "for x in [1, 2]: pass",
    "a mutable default": "def x(y=[]): pass",
    "a default that is computed": "def x(y=input()): pass",
    "a decorator of the notebook": "def d(f): return f\n@d\ndef x(): pass",
    "a decorator that registers": "import lib\n@lib.register\ndef x(): pass",
    "a class whose body runs code": "class x:\n    print(1)",
    "a base that is a call": "class x(input()): pass",
    "an update": "x = 1\nx += 1",
    "a name bound twice": "x = 1\nx = 2",
    "an item": "x = [1]\nx[0] = 2",
    "a deletion": "x = 1\ndel x",
    "a shell line": "x = !ls",
    "an import in a branch": "if input():\n    import x",
    "a cell that must not be": "#| setup: false\nx = 1",
    "a literal in a named task": "#| task: t\nx = 1",
    "a condition": "#| when: True\nx = 1",
}


@pytest.mark.parametrize("why", VALUES)
def test_what_looks_outside_or_runs_code_is_a_value(why):
    found = graph({"a": VALUES[why]})

    assert "x" not in [name for item in found.items for name in item.binds]
    assert roles(found) != "a=setup"


CHANGED = {
    "bound in another cell": ("x = 1", "x = 2"),
    "maybe bound in another cell": ("x = 1", "if input(): x = 2"),
    "bound by a function": ("x = 1\ndef f():\n    global x\n    x = 2", "f()"),
    "deleted in another cell": ("x = 1", "del x"),
    "changed by a method": ("x = [1]", "x.append(2)"),
    "changed by an item": ("x = {}", "x['a'] = 1"),
    "changed under another name": ("x = [1]", "y = x\ny.append(1)"),
    "changed by a function": ("x = [1]\ndef f(): x.append(1)", "f()"),
    "maybe changed by an unknown call": ("x = [1]", "import lib\nlib.f(x)"),
    "an attribute of a class": ("class x: n = 1", "x.n = 2"),
    "an attribute of a function": ("def x(): pass", "x.n = 2"),
}


@pytest.mark.parametrize("why", CHANGED)
def test_what_a_later_cell_changes_is_a_value_and_runs_once(why):
    first, second = CHANGED[why]

    found = graph({"a": first, "b": second, "c": "print(x)"})

    assert "x" not in [name for item in found.items for name in item.binds]


def test_parts_of_a_cell_may_be_setup_while_the_rest_is_a_task():
    found = graph({"a": "import time\nLIMIT = 3\nstart = time.time()", "b": "print(LIMIT, start)"})

    assert items(found) == ["a:1 import time", "a:2 literal LIMIT"]
    assert roles(found) == "a=task b=display"
    assert arrows(found) == ["a -> b: start"]


def test_an_item_is_the_source_of_its_lines_decorators_included():
    found = graph({"a": "import functools\n\n@functools.cache\ndef f(x):\n    return x  # why"})

    assert found.items[1].line == 3
    assert found.items[1].source == "@functools.cache\ndef f(x):\n    return x  # why"


def test_statements_that_share_a_line_are_told_apart():
    found = graph({"a": "A = 1; B = 2"})

    assert [(i.id, i.source) for i in found.items] == [("a:1:A", "A = 1"), ("a:1:B", "B = 2")]


NEEDS = {
    "a name in a body": ({"a": "import os", "b": "def f(): return os.name"}, "f()", "a:1 b:1"),
    "a base": ({"a": "class A: pass", "b": "class B(A): pass"}, "B()", "a:1 b:1"),
    "a decorator": (
        {"a": "import functools", "b": "@functools.cache\ndef f(): return 1"},
        "f()",
        "a:1 b:1",
    ),
    "a default": ({"a": "N = 1", "b": "def f(x=N): return x"}, "f()", "a:1 b:1"),
    "a chain": (
        {"a": "import os", "b": "def f(): return os", "c": "def g(): return f()"},
        "g()",
        "a:1 b:1 c:1",
    ),
    "a body that names what is below": (
        {"a": "def f(): return g()", "b": "def g(): return 1"},
        "f()",
        "a:1 b:1",
    ),
    "nothing else": ({"a": "import os", "b": "import re"}, "re", "b:1"),
    "two packages of one name": ({"a": "import a.b", "b": "import a.c"}, "a", "a:1 b:1"),
    "configuration above": (
        {"a": "import warnings", "b": "warnings.filterwarnings('ignore')"},
        "1",
        "a:1 b:1",
    ),
    "a class behind a value": ({"a": "class A: pass", "b": "x = A()"}, "print(x)", "a:1"),
}


@pytest.mark.parametrize("why", NEEDS)
def test_a_cell_gets_the_items_it_needs_with_all_that_they_need(why):
    cells, user, expected = NEEDS[why]

    assert " ".join(facts({**cells, "z": user}, "z").setup) == expected


def test_setup_is_no_edge_but_is_told():
    found = graph({"a": "import os\n\nN = 1", "b": "x = 0\nprint(os, N)"})

    assert found.edges == ()
    (edge,) = found.setup_edges
    assert (edge.source, edge.target, edge.names) == ("a", "b", ("N", "os"))
    assert sorted((r.name, r.cause, r.line, r.target_line) for r in edge.reasons) == [
        ("N", "literal", 3, 2),
        ("os", "import", 1, 2),
    ]


def test_items_on_one_line_keep_their_order_whatever_the_hash_seed():
    code = (
        "from tests.dataflow.graphs import facts\n"
        "cells = {'a': 'A = 1; B = A * 2; C = B * 2', 'b': 'print(A, B, C)'}\n"
        "print(*facts(cells, 'b').setup)"
    )
    path = os.pathsep.join(p for p in [os.getcwd(), *sys.path] if p)  # noqa: PTH109

    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout == "a:1:A a:1:B a:1:C\n"


def test_parameters_are_items_and_not_edges():
    found = graph({"parameters": "n = 3\nname = 'a'", "b": "print(n)"})

    assert items(found) == ["parameters:1 parameter n", "parameters:2 parameter name"]
    assert roles(found) == "parameters=parameters b=display"
    assert found.cells[1].parameters == ("n",)
    assert found.edges == ()


def test_a_parameter_that_is_bound_again_is_a_value_from_there_on():
    found = graph({"parameters": "n = 3", "b": "print(n)", "c": "n = n + 1", "d": "print(n)"})

    assert [c.parameters for c in found.cells] == [(), ("n",), ("n",), ()]
    assert arrows(found) == ["c -> d: n"]


@pytest.mark.parametrize(
    ("source", "mutable", "immutable"),
    [
        ("1", True, True),
        ("-1", True, True),
        ("'a'", True, True),
        ("(1, (2,))", True, True),
        ("[1]", True, False),
        ("(1, [2])", True, False),
        ("{'a': [1]}", True, False),
        ("{**x}", False, False),
        ("[x]", False, False),
        ("f'{x}'", False, False),
        ("-x", False, False),
        ("f()", False, False),
    ],
)
def test_a_literal_is_a_constant_or_a_display_of_them(source, mutable, immutable):
    node = parse(source).body[0].value

    assert is_literal(node) is mutable
    assert is_literal(node, mutable=False) is immutable
