"""What the graph says of cells beside their edges: roles, sources, company, findings."""

from __future__ import annotations

import json

import pytest

from cellweave.dataflow import Analysis, SourceCell, analyse
from cellweave.dataflow.analysis import local_modules
from cellweave.notebook.reader import parse
from tests.dataflow.graphs import Cells, facts, findings, graph, roles

ROLES = {
    "x = f()": "task",
    "x.append(1)": "task",
    "del x": "task",
    "open('y', 'w')": "task",
    "import random\nrandom.seed(1)": "task",
    "%run y.py\nz = 1": "task",
    "print(x)": "display",
    "x": "display",
    "x.y": "display",
    "1 +": "display",
    "pass": "display",
    "import os": "setup",
    "n = 1\ndef f(): pass": "setup",
    "": "setup",
    "# only words": "setup",
    "import os\nn = f()": "task",
    "n = 1\nn": "display",
    "#| skip: true\nn = f()": "skipped",
    "#| skip: true\n1 +": "skipped",
    "#| task: t\nimport os": "display",
    "#| when: x\nn = 1": "task",
}


@pytest.mark.parametrize("source", ROLES)
def test_the_role_of_a_cell(source):
    cells = {"i": "x = list('a')", "a": source}

    assert facts(cells, "a").role == ROLES[source]


def test_the_parameters_cell_is_told_by_its_tag_not_by_its_place():
    found = graph({"a": "import os", "parameters": "n = 1", "b": "n = 2"})

    assert roles(found) == "a=setup parameters=parameters b=task"


def test_a_cell_that_is_skipped_says_nothing():
    (_, skipped) = graph({"a": "x = f()", "b": "#| skip: true\nx = y\nopen(x)"}).cells

    assert (skipped.inputs, skipped.writes, skipped.setup) == ((), (), ())


def test_what_a_cell_deletes_is_killed_and_not_written():
    found = facts({"a": "x = f()\ny = f()", "b": "del x\ndel y\ny = f()"}, "b")

    assert (found.kills, found.writes) == (("x",), ("y",))


EXTERNALS: dict[str, tuple[str, list[str]]] = {
    "a file": ("open('x').read()", ["file x 1"]),
    "a table file": ("import pandas as pd\npd.read_csv('x.csv')", ["file x.csv 2"]),
    "a pattern": ("import glob\nglob.glob('*.csv')", ["file *.csv 2"]),
    "a URL": ("import pandas as pd\npd.read_csv('https://a/x.csv')", ["url https://a/x.csv 2"]),
    "a variable": ("import os\n\nos.environ['HOME']", ["environment HOME 3"]),
    "a variable by get": ("import os\nos.environ.get('HOME')", ["environment HOME 2"]),
    "a variable by getenv": ("import os\nos.getenv('HOME')", ["environment HOME 2"]),
    "a table": ("import pandas as pd\npd.read_sql_table('orders', 'db')", ["table orders 2"]),
    "a module beside": ("from . import helper", ["module . 1"]),
    "a file that is written first": ("open('x', 'w')\nopen('x')", []),
    "a file that is written after": ("open('x')\nopen('x', 'w')", ["file x 1"]),
    "a variable that is set first": ("import os\nos.environ['A'] = 'b'\nos.environ['A']", []),
    "a file twice": ("open('x')\nopen('x')", ["file x 1"]),
    "a name that is not known": ("open(input())", []),
}


@pytest.mark.parametrize("why", EXTERNALS)
def test_what_comes_from_outside_is_a_source_of_the_graph(why):
    source, expected = EXTERNALS[why]

    found = graph({"a": source}).externals

    assert [f"{e.kind} {e.name} {e.line}" for e in found] == expected
    assert all(e.cell == "a" for e in found)


def test_a_source_belongs_to_the_first_cell_that_reads_it():
    found = graph({"a": "x = open('f')", "b": "y = open('f')"}).externals

    assert [(e.name, e.cell) for e in found] == [("f", "a")]


def test_a_file_that_the_notebook_writes_is_none_however_its_path_is_spelled():
    found = graph({"a": "open('./x', 'w').write('1')", "b": "open('x').read()"})

    assert found.externals == ()


def test_modules_beside_the_notebook_are_sources(tmp_path):
    (tmp_path / "helper.py").touch()
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").touch()
    (tmp_path / "data").mkdir()

    found = graph({"a": "import helper, os\nfrom package.a import b"}, folder=str(tmp_path))

    assert local_modules(str(tmp_path)) == {"helper", "package"}
    assert [(e.kind, e.name) for e in found.externals] == [
        ("module", "helper"),
        ("module", "package.a"),
    ]


@pytest.mark.parametrize("folder", ["", "/nowhere/at/all"])
def test_no_folder_has_no_modules(folder):
    assert local_modules(folder) == frozenset()


TOGETHER: dict[str, tuple[Cells, str, list[tuple[str, str]]]] = {
    "an open file": (
        {"a": "f = open('x')", "b": "print(f.read())"},
        "b",
        [("a", "`f` is an open file, which cannot leave its process")],
    ),
    "a generator": (
        {"a": "g = (i for i in range(3))", "b": "next(g)"},
        "b",
        [("a", "`g` is a generator, which cannot leave its process")],
    ),
    "a lock in a list": (
        {"a": "import threading\nx = [threading.Lock()]", "b": "print(x)"},
        "b",
        [("a", "`x` is a threading.Lock, which cannot leave its process")],
    ),
    "the state of a module": (
        {"a": "import lib\nlib.x = f()", "b": "print(lib.x)"},
        "b",
        [("a", "it changes lib, state that no value carries")],
    ),
    "the last output": (
        {"a": "1 + 1", "b": "print(_)"},
        "b",
        [("a", "it uses the output of the cell above (`_`)")],
    ),
    "nothing of the kind": ({"a": "x = [1]", "b": "x.append(1)"}, "b", []),
    "a file that is used up in its cell": (
        {"a": "with open('x') as f:\n    text = f.read()", "b": "print(text)"},
        "b",
        [],
    ),
}


@pytest.mark.parametrize("why", TOGETHER)
def test_what_cannot_travel_keeps_its_cells_together(why):
    cells, cell, expected = TOGETHER[why]

    assert list(facts(cells, cell).keep_with) == expected


OPAQUE = {
    "exec(input())": "`exec()` runs code that is not known before the run",
    "eval(input())": "`eval()` runs code that is not known before the run",
    "%run other.py": "`%run` may define or change any name",
    "%%sql\nselect 1": "`%%sql` may define or change any name",
    "globals()[input()] = 1": "it reaches every name through the namespace itself",
    "exec('x = 1')": "",
    "eval('1 + 1')": "",
    "globals()['x'] = 1": "",
    "%matplotlib inline": "",
    "%%bash\nls": "",
    "!ls": "",
    "import lib\nlib.f()": "",
}


@pytest.mark.parametrize("source", OPAQUE)
def test_opaque_code_says_why_it_is(source):
    assert facts({"a": source}, "a").opaque == OPAQUE[source]


FINDINGS: dict[str, tuple[Cells, list[str]]] = {
    "a name that nobody binds": ({"a": "1\nprint(x)"}, ["a:2 error undefined-name x"]),
    "a name that is bound further down": (
        {"a": "print(x)", "b": "x = 1"},
        ["a:1 error undefined-name x"],
    ),
    "a name that is deleted above": (
        {"a": "x = len('a')", "b": "del x", "c": "print(x)"},
        ["c:1 error undefined-name x"],
    ),
    "a name that a branch reads": (
        {"a": "if input():\n    print(x)"},
        ["a:2 warning undefined-name x"],
    ),
    "a name that a function reads, at its call": (
        {"a": "def f(): return x", "b": "1\nf()"},
        ["b:2 warning undefined-name x"],
    ),
    "a name that a function reads which nobody calls": ({"a": "def f(): return x"}, []),
    "a name of a branch": (
        {"a": "if input():\n    x = 1", "b": "\nprint(x)"},
        ["b:2 warning maybe-undefined x"],
    ),
    "a name of both branches": (
        {"a": "if input():\n    x = 1\nelse:\n    x = 2", "b": "print(x)"},
        [],
    ),
    "a name of a branch that was there": (
        {"a": "x = 0", "b": "if input():\n    x = 1", "c": "print(x)"},
        [],
    ),
    "builtins and what IPython brings": ({"a": "print(len, display, get_ipython, __name__)"}, []),
    "a star import": ({"a": "from lib import *", "b": "print(x)"}, []),
    "a cell that does not parse": (
        {"a": "x = 1\ny = = 2", "b": "print(1)"},
        ["a:2 error parse-error"],
    ),
    "opaque code": ({"a": "x = 1\nexec(input())"}, ["a:2 warning opaque-code"]),
    "a call that nothing is known of": (
        {"a": "import lib\nx = [1]", "b": "\nlib.f(x)", "c": "print(x)"},
        ["b:2 info possible-mutation x"],
    ),
    "a call that nothing is known of, and nobody reads": (
        {"a": "import lib\nx = [1]", "b": "lib.f(x)"},
        [],
    ),
    "an open file in one task": (
        {"a": "f = open('/dev/null')", "b": "\nf.read()"},
        ["b:2 info shared-handle f"],
    ),
    "an open file between two tasks": (
        {"a": "#| task: s\nf = open('/dev/null')", "b": "#| task: t\nf.read()"},
        ["a:2 error unpicklable-output f"],
    ),
    "a parameter that is bound again": (
        {"parameters": "n = 1", "b": "1\nn = 2"},
        ["b:2 info rebound-parameter n"],
    ),
    "a condition that would leave a name out": (
        {"a": "n = len('a')", "b": "#| when: n\nx = 1", "c": "print(x)"},
        ["b:2 error when-undefined x", "c:1 warning maybe-undefined x"],
    ),
    "a condition that leaves nothing out": (
        {"a": "n = len('a')\nx = 0", "b": "#| when: n\nx = 1", "c": "print(x)"},
        [],
    ),
    "a secret in a variable": (
        {"a": "import os\nkey = os.environ['API_KEY']", "b": "print(key)"},
        ["a:2 warning secret-carried key"],
    ),
    "a secret that stays in its cell": ({"a": "import os\nkey = os.environ['API_KEY']"}, []),
    "a secret in the environment": (
        {"a": "import os\nos.environ['DB_PASSWORD'] = input()", "b": "os.environ['DB_PASSWORD']"},
        ["a:2 warning secret-carried DB_PASSWORD"],
    ),
    "a variable that is no secret": (
        {"a": "import os\nhome = os.environ['HOME']", "b": "print(home)"},
        [],
    ),
    "a cell that is skipped": ({"a": "#| skip: true\nprint(x)\nexec(input())"}, []),
}


@pytest.mark.parametrize("why", FINDINGS)
def test_a_finding_names_its_cell_line_and_variable(why):
    cells, expected = FINDINGS[why]

    assert findings(graph(cells)) == expected


@pytest.mark.parametrize(
    ("cells", "help"),
    [
        ({"a": "print(x)", "b": "x = 1"}, "cell `b` defines it further down"),
        ({"a": "x = len('a')\ndel x", "b": "print(x)"}, "an earlier cell deletes it"),
        ({"a": "value = f", "b": "print(valeu)"}, "did you mean `value`?"),
        ({"a": "print(x)"}, "define it in a cell above"),
    ],
)
def test_an_undefined_name_comes_with_the_likely_cause(cells, help):
    found = [d for d in graph(cells).diagnostics if d.name in ("x", "valeu")]

    assert help in found[-1].help


def test_a_possible_change_comes_with_the_option_that_settles_it():
    cells = {"a": "import lib\nx = [1]", "b": "lib.f(x)", "c": "print(x)"}

    (found,) = graph(cells).diagnostics
    assert found.fix is not None
    assert (found.fix.cell, found.fix.option, found.fix.value) == ("b", "pure", "x")

    cells["b"] = f"#| {found.fix.option}: {found.fix.value}\n{cells['b']}"
    assert graph(cells).diagnostics == ()


def test_a_file_that_is_not_there_is_told_where_the_folder_is_known(tmp_path):
    (tmp_path / "there.csv").touch()
    cells = {"a": "open('there.csv')\nopen('gone.csv')", "b": "open('made', 'w')\nopen('made')"}

    assert findings(graph(cells, folder=str(tmp_path))) == [
        "a:2 warning missing-external-input gone.csv"
    ]
    assert findings(graph(cells)) == []


def test_after_a_change_of_folder_no_file_is_told_missing(tmp_path):
    cells = {"a": "%cd data", "b": "open('gone.csv')"}

    assert findings(graph(cells, folder=str(tmp_path))) == []


def test_one_cell_that_does_not_parse_leaves_the_rest_its_graph():
    found = graph({"a": "x = f()", "b": "def (", "c": "print(x)"})

    assert [(e.source, e.target) for e in found.edges] == [("a", "c")]


def test_an_empty_notebook_has_an_empty_graph():
    found = Analysis([]).graph()

    assert (found.cells, found.edges, found.diagnostics) == ((), (), ())


def test_a_notebook_gives_its_code_cells_options_and_parameters(tmp_path):
    code = {"cell_type": "code", "outputs": [], "execution_count": None}
    book = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {**code, "id": "one", "metadata": {"tags": ["parameters"]}, "source": "n = 1"},
            {"cell_type": "markdown", "id": "two", "metadata": {}, "source": "x = y"},
            {**code, "id": "three", "metadata": {}, "source": "#| task: t\nprint(n)"},
            {**code, "id": "four", "metadata": {}, "source": "#| skip: true\nn = 2"},
        ],
    }

    found = analyse(parse(json.dumps(book).encode(), str(tmp_path / "a.ipynb")))

    assert roles(found) == "one=parameters three=display four=skipped"
    assert found.cells[1].parameters == ("n",)


def test_the_graph_is_made_once_and_again_after_an_edit():
    found = Analysis([SourceCell("a", "x = f()"), SourceCell("b", "print(x)")])
    before = found.graph()

    assert found.graph() is before

    found.edit("b", "print(1)")
    assert found.graph().edges == ()
