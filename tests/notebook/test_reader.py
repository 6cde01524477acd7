import json
import os

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellweave.diagnostics.errors import NotebookError
from cellweave.notebook import reader


def codes(notebook):
    return [d.code for d in notebook.diagnostics]


def refused(data):
    with pytest.raises(NotebookError) as failure:
        reader.parse(data, "churn.ipynb")
    assert failure.value.status == 2
    (diagnostic,) = failure.value.diagnostics
    return diagnostic


def test_a_notebook_is_read(make):
    data = make.book(
        {"cell_type": "markdown", "id": "m", "metadata": {}, "source": ["# Title\n", "text"]},
        make.code(["#| task: fit\n", "x = 1"], id="a", tags=("keep",)),
        {"cell_type": "raw", "id": "r", "metadata": {}, "source": "raw"},
        kernelspec={"name": "python3", "language": "python", "display_name": "Python 3"},
        cellweave={"split": "cell", "resources": {"memory": "4Gi"}},
    )

    notebook = reader.parse(data, "churn.ipynb")

    assert [(c.id, c.index, c.kind, c.source) for c in notebook.cells] == [
        ("m", 0, "markdown", "# Title\ntext"),
        ("a", 1, "code", "#| task: fit\nx = 1"),
        ("r", 2, "raw", "raw"),
    ]
    assert notebook.code_cells == (notebook.cells[1],)
    assert notebook.cells[1].options.task == "fit"
    assert notebook.cells[1].tags == ("keep",)
    assert (notebook.language, notebook.kernel, notebook.path) == (
        "python",
        "python3",
        "churn.ipynb",
    )
    assert notebook.settings.split == "cell"
    assert notebook.settings.resources.memory == "4Gi"
    assert notebook.diagnostics == ()


def test_the_raw_notebook_is_valid_and_has_no_outputs(make):
    cell = make.code("1 / 1", id="a")
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "hello"}]
    cell["execution_count"] = 3
    picture = {"a.png": {"image/png": "aGVsbG8="}}
    note = {"cell_type": "markdown", "id": "m", "metadata": {"k": 1}, "source": "![](a.png)"}

    raw = reader.parse(make.book(cell, {**note, "attachments": picture}, custom=1)).raw

    nbformat.validate(raw)
    assert raw["cells"][0]["outputs"] == []
    assert raw["cells"][1] == {**note, "attachments": picture}
    assert raw["metadata"] == {"custom": 1}


@pytest.mark.parametrize(
    ("data", "code", "line", "said"),
    [
        (b"", "not-json", 0, "the file is empty"),
        (b"  \n", "not-json", 0, "the file is empty"),
        (b"import pandas\n", "not-json", 1, "not JSON"),
        (b'{\n "cells": [\n}', "not-json", 3, "not JSON"),
        (b'{"cells": [], "nbformat": 4,', "not-json", 1, "not JSON"),
        ('{\n"a": "é"}'.encode("latin-1"), "not-json", 2, "not text in UTF-8"),
        (b"[" * 100_000, "not-json", 0, ""),
        (b"[1, 2]", "not-a-notebook", 0, "JSON object"),
        (b"{}", "not-a-notebook", 0, "no `nbformat` number"),
        (b'{"nbformat": true}', "not-a-notebook", 0, "no `nbformat` number"),
        (b'{"nbformat": 5, "cells": []}', "not-a-notebook", 0, "newer"),
        (b'{"nbformat": 4}', "not-a-notebook", 0, "`cells`"),
        (b'{"nbformat": 4, "cells": 3}', "not-a-notebook", 0, "$.cells"),
        (b'{"nbformat": 4, "cells": [3]}', "not-a-notebook", 0, "$.cells[0]"),
        (
            b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": 3}]}',
            "not-a-notebook",
            0,
            "$.cells[0].source",
        ),
        (
            b'{"nbformat": 4, "cells": [{"cell_type": "sql", "source": "x"}]}',
            "not-a-notebook",
            0,
            "no cell type `sql`",
        ),
    ],
)
def test_what_is_no_notebook_is_refused(data, code, line, said):
    diagnostic = refused(data)

    assert (diagnostic.code, diagnostic.line) == (code, line)
    assert said in diagnostic.message


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({"kernelspec": {"name": "ir", "language": "R"}}, "R"),
        ({"kernelspec": {"name": "ir"}}, "ir"),
        ({"kernelspec": {"name": "julia-1.11"}}, "julia-1.11"),
        ({"language_info": {"name": "julia"}}, "julia"),
        ({"language_info": {"name": "scala"}, "kernelspec": {"name": "x"}}, "scala"),
    ],
)
def test_a_notebook_of_another_language_is_refused(make, metadata, language):
    diagnostic = refused(make.book(make.code("x <- 1", id="a"), **metadata))

    assert (diagnostic.code, diagnostic.name) == ("unsupported-language", language)


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"kernelspec": {"name": "my-env"}},
        {"kernelspec": {"name": "x", "language": "Python"}, "language_info": {"name": "R"}},
        {"kernelspec": {"name": "python2", "language": "python2"}},
        {"kernelspec": None, "language_info": "odd"},
        {"language_info": {"name": "ipython"}},
    ],
)
def test_a_python_notebook_is_read_whatever_its_metadata_says(make, metadata):
    assert reader.parse(make.book(make.code("x = 1", id="a"), **metadata)).language == "python"


def test_missing_cell_ids_are_derived_and_stay_when_other_cells_change(make):
    first = reader.parse(make.book(*map(make.code, ["x = 1", "y = 2", "x = 1"]), minor=4))
    second = reader.parse(make.book(*map(make.code, ["z", "x = 1", "y = 3", "x = 1"]), minor=4))

    ids = [c.id for c in first.cells]
    assert len(set(ids)) == 3
    assert [c.id for c in second.cells][1] == ids[0]
    assert [c.id for c in second.cells][3] == ids[2]
    assert ids[2] == ids[0] + "-2"
    assert codes(first) == ["notebook-version"]


def test_ids_used_twice_or_not_valid_are_replaced_with_a_word_on_each(make):
    cells = [make.code("x", id=name) for name in ("a", "a", "b c", "d")] + [make.code("y")]

    notebook = reader.parse(make.book(*cells))

    ids = [c.id for c in notebook.cells]
    assert ids[0] == "a"
    assert ids[3] == "d"
    assert len(set(ids)) == 5
    assert [(d.code, d.cell) for d in notebook.diagnostics] == [
        ("notebook-version", ids[1]),
        ("notebook-version", ids[2]),
        ("notebook-version", ids[4]),
    ]


OLD = {
    3: {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": "old", "signature": "sha256:0"},
        "worksheets": [
            {
                "metadata": {},
                "cells": [
                    {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["A\n", "b"]},
                    {
                        "cell_type": "code",
                        "collapsed": False,
                        "input": ["x = 1\n", "x"],
                        "language": "python",
                        "metadata": {"tags": ["parameters"]},
                        "outputs": [
                            {"output_type": "pyout", "text": ["1"], "prompt_number": 1,
                             "metadata": {}}
                        ],
                        "prompt_number": 1,
                    },
                    {"cell_type": "markdown", "metadata": {}, "source": "text"},
                    {"cell_type": "raw", "metadata": {}, "source": "raw"},
                    {"cell_type": "html", "metadata": {}, "source": "<b>x</b>"},
                ],
            }
        ],
    },
    2: {
        "nbformat": 2,
        "metadata": {"name": "older"},
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "code", "input": "x = 1", "language": "python", "outputs": [],
                     "collapsed": False},
                    {"cell_type": "markdown", "source": "text"},
                ]
            }
        ],
    },
}  # fmt: skip


@pytest.mark.parametrize("version", OLD)
def test_an_old_notebook_is_upgraded_as_nbformat_does(version):
    data = json.dumps(OLD[version]).encode()

    notebook = reader.parse(data)

    theirs = nbformat.reads(data.decode(), as_version=4)
    assert [(c.kind, c.source) for c in notebook.cells] == [
        (c.cell_type, c.source) for c in theirs.cells
    ]
    assert codes(notebook) == ["notebook-version"]
    assert notebook.cells == reader.parse(data).cells
    nbformat.validate(notebook.raw)


def test_a_notebook_of_the_first_format_is_read():
    cells = [{"cell_type": "code", "code": "x = 1"}, {"cell_type": "text", "text": "words"}]

    notebook = reader.parse(json.dumps({"nbformat": 1, "cells": cells}).encode())

    assert [(c.kind, c.source) for c in notebook.cells] == [
        ("code", "x = 1"),
        ("markdown", "words"),
    ]


@pytest.mark.parametrize("cells", [[], [""], ["  \n"]])
def test_a_notebook_without_code_is_read_and_said_to_have_none(make, cells):
    notebook = reader.parse(make.book(*(make.code(c, id="a") for c in cells)))

    assert codes(notebook) == ["no-code"]


def test_two_parameters_cells_are_an_error_at_the_second(make):
    cells = [make.code(f"x{i} = 1", id=f"c{i}", tags=("parameters",)) for i in range(2)]

    notebook = reader.parse(make.book(*cells))

    assert [(d.code, d.severity, d.cell) for d in notebook.diagnostics] == [
        ("duplicate-parameters", "error", "c1")
    ]
    assert [p.name for p in notebook.parameters] == ["x0"]


def test_a_lone_surrogate_in_code_is_an_error_with_its_line_and_the_rest_is_read(make):
    data = make.book(
        make.code("x = 1\ny = '\ud800'", id="a"),
        {"cell_type": "markdown", "id": "m", "metadata": {}, "source": "\udfff"},
        make.code("z = 1", id="b"),
    )

    notebook = reader.parse(data)

    assert [(d.code, d.severity, d.cell, d.line) for d in notebook.diagnostics] == [
        ("lone-surrogate", "error", "a", 2),
        ("lone-surrogate", "info", "m", 1),
    ]
    assert notebook.cells[0].source == "x = 1\ny = '\ufffd'"
    assert notebook.cells[2].source == "z = 1"


def test_lone_surrogates_and_nan_in_outputs_are_nobodys_business(make):
    cell = make.code("x", id="a")
    cell["outputs"] = [{"text": "\ud800", "value": float("nan")}]

    notebook = reader.parse(make.book(cell))

    assert notebook.diagnostics == ()


def test_characters_outside_the_first_plane_are_kept(make):
    assert reader.parse(make.book(make.code("x = '😀'", id="a"))).cells[0].source == "x = '😀'"


def test_a_byte_order_mark_is_no_obstacle(make):
    assert reader.parse(b"\xef\xbb\xbf" + make.book(make.code("x", id="a"))).cells[0].id == "a"


def test_a_wrong_setting_is_a_diagnostic_and_the_others_hold(make):
    settings = {
        "name": "churn",
        "splt": "cell",
        "split": "none",
        "env": {"A": 1, "B": True},
        "resources": {"memory": "4GB", "cpu": 2, "disk": 1},
        "schedules": [{"cron": "0 6 * * *"}],
        "image": 3,
    }

    notebook = reader.parse(make.book(make.code("x", id="a"), cellweave=settings))

    assert [(d.code, d.name, d.cell) for d in notebook.diagnostics] == [
        ("unknown-option", "splt", ""),
        ("option-type", "cellweave.split", ""),
        ("option-type", "cellweave.resources.memory", ""),
        ("unknown-option", "disk", ""),
    ]
    assert notebook.settings.name == "churn"
    assert notebook.settings.env == {"A": "1", "B": "true"}
    assert notebook.settings.resources.cpu == "2"
    assert notebook.settings.schedules == ({"cron": "0 6 * * *"},)
    assert notebook.settings.image == "3"


def test_what_cellweave_writes_into_task_notebooks_is_no_unknown_setting(make):
    ours = {"task": "fit", "title": "Fit", "execution": {}}

    assert reader.parse(make.book(make.code("x", id="a"), cellweave=ours)).diagnostics == ()


@pytest.mark.parametrize("settings", [3, [], {"resources": 1}, {"schedules": {}}, {"env": None}])
def test_settings_of_the_wrong_shape_are_a_diagnostic(make, settings):
    notebook = reader.parse(make.book(make.code("x", id="a"), cellweave=settings))

    assert codes(notebook) == ["option-type"]


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(NotebookError, match="unreadable-file") as failure:
        reader.read(tmp_path / "churn.ipynb")

    assert "no such file" in str(failure.value)
    assert failure.value.status == 2


def test_a_folder_is_no_notebook(tmp_path):
    with pytest.raises(NotebookError, match="is a directory"):
        reader.read(tmp_path)


def test_a_file_that_changes_once_while_it_is_read_is_read_again(tmp_path, make):
    path = tmp_path / "churn.ipynb"
    path.write_bytes(make.book(make.code("x", id="old")))
    final = make.book(make.code("x", id="newer"))
    reads = []

    def load(file):
        data = file.read_bytes()
        reads.append(data)
        if len(reads) == 1:
            file.write_bytes(final)
        return data

    assert reader.read_bytes(str(path), load=load) == final
    assert len(reads) == 2


def test_a_file_that_keeps_changing_while_it_is_read_is_refused(tmp_path, make):
    path = tmp_path / "churn.ipynb"
    path.write_bytes(make.book())

    def load(file):
        data = file.read_bytes()
        os.utime(file, ns=(0, len(reads)))
        reads.append(data)
        return data

    reads = []
    with pytest.raises(NotebookError) as failure:
        reader.read_bytes(str(path), load=load)

    assert failure.value.diagnostics[0].code == "notebook-changed"
    assert len(reads) == 2


def test_ten_thousand_cells_are_read_with_one_decoding(make, benchmark_s):
    data = make.book(*(make.code(f"x{i} = x{i - 1} + 1", id=f"c{i}") for i in range(10_000)))

    with benchmark_s(limit=1.0):
        notebook = reader.parse(data)

    assert len(notebook.cells) == 10_000


@pytest.mark.slow
def test_outputs_cost_no_memory(make):
    import tracemalloc

    cell = make.code("x", id="a")
    cell["outputs"] = [{"text": "lorem ipsum\n" * 1_000_000}]
    data = make.book(*[{**cell, "id": f"c{i}"} for i in range(4)])
    assert len(data) > 50_000_000

    tracemalloc.start()
    reader.parse(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 1_000_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
KIND = st.sampled_from(["code", "markdown", "raw", "heading"])
CELL = JSON | st.fixed_dictionaries(
    {"cell_type": KIND},
    optional={
        "source": JSON,
        "input": JSON,
        "id": JSON,
        "metadata": JSON | st.fixed_dictionaries({"tags": JSON}),
        "level": JSON,
    },
)
SPEC = st.fixed_dictionaries({}, optional={"name": JSON, "language": JSON})
FILE = st.fixed_dictionaries(
    {"nbformat": st.integers(0, 5)},
    optional={
        "cells": JSON | st.lists(CELL, max_size=3),
        "worksheets": JSON | st.lists(st.fixed_dictionaries({"cells": st.lists(CELL)}), max_size=2),
        "metadata": JSON
        | st.fixed_dictionaries(
            {},
            optional={
                "kernelspec": SPEC,
                "language_info": SPEC,
                "cellweave": JSON | st.fixed_dictionaries({"resources": JSON, "env": JSON}),
            },
        ),
        "nbformat_minor": JSON,
    },
)


@given(FILE)
def test_any_json_is_a_notebook_or_refused_with_a_code(content):
    try:
        notebook = reader.parse(json.dumps(content).encode())
    except NotebookError:
        return

    cells = [{**cell, "metadata": {}} for cell in notebook.raw["cells"]]
    nbformat.validate({**notebook.raw, "cells": cells, "metadata": {}})
    assert notebook.parameters is not None


@given(st.binary())
def test_any_bytes_are_refused_with_a_code(data):
    with pytest.raises(NotebookError):
        reader.parse(data)
