"""The papermill notebook of a task, as text."""

from __future__ import annotations

from pathlib import Path

import msgspec
import nbformat

from cellweave.convert.compile import compile_workflow
from cellweave.convert.task_notebook import START, Places, task_notebook, to_bytes
from tests.convert.books import book, cell, item, md

PLACES = Places(io=Path("/v"), runtime=Path("/r.pyz"), workdir=Path("/w"))


def notebooks(made):
    notebook, graph = made
    workflow = compile_workflow(notebook, graph).workflow
    return {t.name: task_notebook(t, notebook, PLACES) for t in workflow.tasks}


def rows(notebook):
    return [(c["metadata"]["cellweave"]["role"], "".join(c["source"])) for c in notebook["cells"]]


def sample():
    return book(
        md("# Title"),
        cell("s", "import os", role="setup", items=(item("s:1", "import os", binds="os"),)),
        cell("p", "n = 3", role="parameters", tags=("parameters",)),
        cell("a", "#| task: one\nx = [n]", writes="x", parameters=("n",)),
        cell("b", "#| task: two\n#| when: n > 1\ny = x", reads="x", writes="y", uses="s:1"),
        cell("c", "#| task: two\nz = y", reads="y", writes="z"),
        cell("d", "#| task: three\nprint(x, z)", reads="x z"),
    )


LOAD = """\
__cellweave__.load([("x", "one", "a")])
__cellweave__.begin("b", writes=["y"], guards=["x"], visible=["x"], when="n > 1")"""
CHECK = """\
__cellweave__.end("b")
__cellweave__.begin("c", writes=["z"], guards=["x"], visible=["x"])"""


def test_a_task_notebook_has_parameters_start_steps_and_the_users_cells():
    assert rows(notebooks(sample())["two"]) == [
        (
            "parameters",
            'cellweave_io = "/v"\ncellweave_runtime = "/r.pyz"\ncellweave_workdir = "/w"',
        ),
        (
            "start",
            START + '\n__cellweave__.start(globals(), task="two")',
        ),
        ("setup", "import os"),
        ("load", LOAD),
        ("cell", "#| task: two\n#| when: n > 1\ny = x"),
        ("check", CHECK),
        ("cell", "#| task: two\nz = y"),
        ("store", '__cellweave__.end("c")\n__cellweave__.store("c", ["z"])'),
    ]


def test_the_users_cells_keep_id_and_source_and_the_others_are_hidden():
    made = notebooks(sample())["two"]

    users = [c for c in made["cells"] if c["metadata"]["cellweave"]["role"] == "cell"]
    others = [c for c in made["cells"] if c not in users]

    assert [c["id"] for c in users] == ["b", "c"]
    assert all(c["metadata"]["jupyter"] == {"source_hidden": True} for c in others)


def test_only_the_first_cell_is_papermills_parameters_cell():
    made = notebooks(sample())["one"]

    tagged = [c for c in made["cells"] if "parameters" in c["metadata"].get("tags", ())]

    assert [c["id"] for c in tagged] == [made["cells"][0]["id"]]
    assert rows(made)[0][1].startswith("n = 3\ncellweave_io")


def test_task_notebooks_are_valid_notebooks():
    for made in notebooks(sample()).values():
        nbformat.validate(made)


def test_ids_of_added_cells_never_meet_those_of_the_user():
    first = notebooks(book(cell("a", "x = 1", writes="x")))["x"]["cells"][0]["id"]

    made = notebooks(book(cell(first, "x = 1", writes="x")))["x"]

    ids = [c["id"] for c in made["cells"]]
    assert len(set(ids)) == len(ids)


def test_the_same_task_gives_the_same_bytes():
    assert to_bytes(notebooks(sample())["two"]) == to_bytes(notebooks(sample())["two"])


def test_setup_of_a_cell_magic_has_a_cell_of_its_own():
    items = (item("s:1", "import os"), item("s:2", "%%capture\n1"), item("s:3", "import sys"))
    made = book(
        cell("s", "import os", role="setup", items=items),
        cell("a", "x = 1", writes="x", uses="s:1 s:2 s:3"),
    )

    setup = [source for role, source in rows(notebooks(made)["x"]) if role == "setup"]

    assert setup == ["import os", "%%capture\n1", "import sys"]


def test_a_parameters_cell_that_must_run_keeps_what_the_caller_chose():
    made = book(
        cell("p", "n = 3\nend = f(n)", tags=("parameters",), writes="end"),
        cell("a", "#| task: one\nprint(end, n)", reads="end", parameters=("n",)),
    )

    found = rows(notebooks(made)["parameters"])

    assert found[0][1].startswith("n = 3\nend = ...\ncellweave_io")
    assert "__cellweave_given__ = dict(n=n, end=end)" in found[2][1]
    assert found[3] == ("cell", "n = 3\nend = f(n)")
    assert found[4][1] == (
        '__cellweave__.end("p")\n'
        'n = __cellweave_given__["n"]\n'
        'if __cellweave_given__["end"] is not ...: end = __cellweave_given__["end"]\n'
        '__cellweave__.store("p", ["end"])'
    )


def test_paths_and_names_are_quoted():
    notebook, graph = book(cell("a", "x = 1", writes="x"))
    (task,) = compile_workflow(notebook, graph).workflow.tasks
    odd = msgspec.structs.replace(PLACES, io=Path('/a "b"\\ü'))

    first = task_notebook(task, notebook, odd)["cells"][0]

    namespace = {}
    exec("".join(first["source"]), namespace)
    assert namespace["cellweave_io"] == '/a "b"\\ü'
