"""Bad notebooks through the command line: a clear message, exit status 2, nothing written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.books import book, code


def listing(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


@pytest.fixture
def refused(cellweave, tmp_path):
    """Every command refuses a notebook with this code at this place, and writes nothing."""

    def check(path: Path, wanted: str, *, cell: str = "", line: int = 0) -> str:
        before = listing(tmp_path)
        where = ":".join(p for p in (path.name, cell, str(line or "")) if p)
        out = tmp_path / "out"

        for command in (
            ["check", path],
            ["graph", path],
            ["build", path, "-o", out],
            ["run", path, "--output", out],
            ["verify", path],
        ):
            result = cellweave(*command)
            assert result.exit_code == 2, (command, result.output)
            assert f"{where} error[{wanted}]" in result.output, (command, result.output)
            assert "Traceback" not in result.output

            result = cellweave(*command, "--json")
            assert result.exit_code == 2
            codes = [d["code"] for d in json.loads(result.output)["diagnostics"]]
            assert wanted in codes

        assert listing(tmp_path) == before
        return cellweave("check", path).output

    return check


def test_a_file_that_is_not_there(refused, tmp_path):
    refused(tmp_path / "nothing.ipynb", "unreadable-file")


def test_a_folder_instead_of_a_file(refused, tmp_path):
    refused(tmp_path, "unreadable-file")


@pytest.mark.parametrize("data", [b"", b"hello", b'{"cells": [', b"\xff\xfe\x00", b"[" * 100_000])
def test_a_file_that_is_not_json(cellweave, notebook, data):
    result = cellweave("graph", notebook(content=data))

    assert result.exit_code == 2
    assert "nb.ipynb" in result.output
    assert "error[not-json]" in result.output


def test_not_json_is_refused_by_every_command(refused, notebook):
    refused(notebook(content=b'{\n"cells": [}'), "not-json", line=2)


@pytest.mark.parametrize(
    "content", [[], {"nbformat": "4"}, {"nbformat": 4, "cells": 3}, {"nbformat": 9, "cells": []}]
)
def test_json_that_is_no_notebook(cellweave, notebook, content):
    result = cellweave("graph", notebook(content=content))

    assert result.exit_code == 2
    assert "error[not-a-notebook]" in result.output


def test_another_languages_kernel(refused, notebook):
    path = notebook("x <- 1", kernelspec={"name": "ir", "language": "R", "display_name": "R"})

    assert "R" in refused(path, "unsupported-language")


def test_a_cell_that_does_not_parse_leaves_the_rest_a_graph(refused, cellweave, notebook):
    path = notebook("x = []", "x.append(1)\ny = = 2", "z = x + [1]")

    refused(path, "parse-error", cell="c2", line=2)

    graph = json.loads(cellweave("graph", path, "--json", "--cells").output)
    assert {"c1", "c3"} <= {task["name"] for task in graph["tasks"]}
    assert any(edge["to"] == "c3" and "x" in edge["names"] for edge in graph["edges"])


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("#| retries: [1\nx = 1", "option-syntax"),
        ("#| retries: many\nx = 1", "option-type"),
        ("#| memory: lots\nx = 1", "option-type"),
        ("#| when: x >\nx = 1", "option-syntax"),
        ("#| task\nx = 1", "option-syntax"),
    ],
)
def test_an_option_of_bad_syntax_or_type(refused, notebook, source, wanted):
    refused(notebook(source, "y = 1"), wanted, cell="c1", line=1)


def test_two_parameters_cells(refused, notebook):
    cells = (code("a = 1", "p1", tags=("parameters",)), code("b = 1", "p2", tags=("parameters",)))

    refused(notebook(*cells, "print(a, b)"), "duplicate-parameters", cell="p2")


def test_an_empty_task_name(refused, notebook):
    refused(notebook("#| task:\nx = [1]", "print(x)"), "task-name", cell="c1", line=1)


@pytest.mark.parametrize("name", ["Überschrift 2", "x" * 200, "日本語", "fit model!"])
def test_an_odd_task_name_becomes_a_label_and_stays_the_title(cellweave, notebook, name):
    path = notebook(f"#| task: {name}\nx = [1]", "#| task: last\nprint(x)")

    result = cellweave("graph", path, "--json")

    graph = json.loads(result.output)
    assert result.exit_code == 0, result.output
    first = graph["tasks"][0]
    assert first["title"] == name
    assert first["name"].isascii()
    assert len(first["name"]) <= 63


def test_two_names_that_give_one_label_stay_two_tasks(cellweave, notebook):
    path = notebook("#| task: Fit!\nx = [1]", "#| task: fit?\ny = [2]", "#| task: z\nprint(x, y)")

    graph = json.loads(cellweave("graph", path, "--json").output)

    assert len({task["name"] for task in graph["tasks"]}) == 3


def test_after_that_names_nothing(refused, notebook):
    path = notebook("#| task: a\nx = [1]", "#| task: b\n#| after: nowhere\ny = [2]")

    refused(path, "unknown-after", cell="c2", line=2)


def test_after_that_makes_a_cycle(refused, notebook):
    path = notebook("#| task: a\n#| after: b\nx = [1]", "#| task: b\n#| after: a\ny = [2]")

    output = refused(path, "after-cycle", cell="c2", line=2)

    assert "a" in output
    assert "b" in output


def test_half_a_character_in_a_cell(refused, notebook):
    data = json.dumps(book("x = 1\ny = 'HALF'")).replace("HALF", "\\ud83d").encode()

    refused(notebook(content=data), "lone-surrogate", cell="c1", line=2)


@pytest.mark.parametrize("cells", [(), ("",), ("# only a comment",)])
@pytest.mark.parametrize("command", ["check", "graph", "run", "verify"])
def test_an_empty_notebook_is_a_workflow_without_tasks(cellweave, notebook, cells, command):
    extra = ["--engine", "direct"] if command == "run" else []

    result = cellweave(command, notebook(*cells), *extra)

    assert result.exit_code == 0, result.output


def test_old_formats_are_upgraded_in_memory_with_ids_that_stay(cellweave, notebook):
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "code", "input": "x = [1]", "language": "python", "outputs": []},
                    {"cell_type": "code", "input": ["x.append(2)\n", "print(x)"], "outputs": []},
                ]
            }
        ],
    }
    path = notebook(content=old)
    before = path.read_bytes()

    first = cellweave("graph", path, "--json", "--cells")
    second = cellweave("graph", path, "--json", "--cells")

    assert first.exit_code == 0, first.output
    assert first.output == second.output
    assert len(json.loads(first.output)["edges"]) == 1
    assert path.read_bytes() == before


def test_cells_without_ids_get_ids_that_stay(cellweave, notebook):
    content = book("x = [1]", "print(x)")
    content["nbformat_minor"] = 4
    for cell in content["cells"]:
        del cell["id"]
    path = notebook(content=content)

    first = json.loads(cellweave("graph", path, "--json", "--cells").output)
    content["cells"].insert(0, code("y = 1", "new"))
    del content["cells"][0]["id"]
    second = json.loads(cellweave("graph", notebook(content=content), "--json", "--cells").output)

    assert [t["name"] for t in first["tasks"]] == [t["name"] for t in second["tasks"]][1:]


@pytest.mark.slow
def test_ten_thousand_cells(cellweave, notebook):
    cells = [f"x{n} = [{n}]\nprint(x{max(n - 1, 0)})" for n in range(10_000)]

    result = cellweave("graph", notebook(*cells), "--json", "--cells")

    assert result.exit_code == 0, result.output[-500:]
    assert len(json.loads(result.output)["tasks"]) == 10_000


def test_a_hundred_megabytes_of_outputs(cellweave, notebook):
    content = book("x = [1]", "print(x)")
    blob = {"output_type": "stream", "name": "stdout", "text": "0123456789" * 10_000_000}
    content["cells"][1]["outputs"] = [blob]

    result = cellweave("graph", notebook(content=content), "--json")

    assert result.exit_code == 0


def test_a_notebook_that_changes_while_it_is_read(monkeypatch, refused, notebook):
    path = notebook("x = [1]")
    real = Path.read_bytes
    count = 0

    def read_and_change(self: Path) -> bytes:
        nonlocal count
        data = real(self)
        if self == path:
            count += 1
            self.write_bytes(data + b" " * count)
        return data

    from cellweave.notebook import reader

    monkeypatch.setitem(reader.read_bytes.__kwdefaults__, "load", read_and_change)

    refused(path, "notebook-changed")


@pytest.mark.parametrize("depth", [3_000])
def test_deeply_nested_code_never_breaks_the_analysis(cellweave, notebook, depth):
    path = notebook("x = " + "(" * depth + "1" + ")" * depth, "y = " + "-" * depth + "1")

    result = cellweave("graph", path)

    assert result.exit_code in (0, 2)
    assert "error[internal-error]" not in result.output


def test_a_subprocess_prints_the_message_and_no_traceback(notebook, tmp_path):
    path = notebook(content=b"no")
    command = [sys.executable, "-m", "cellweave", "graph", str(path)]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("nb.ipynb:1 error[not-json]")
    assert "Traceback" not in done.stderr


def test_analysis_never_runs_the_notebook(cellweave, notebook, tmp_path):
    path = notebook(
        f"open({str(tmp_path / 'ran')!r}, 'w').close()",
        "import antigravity_that_is_not_there",
        "!touch ran",
        'exec(\'open("ran", "w")\')',
    )

    for command in (["check"], ["graph"], ["graph", "--json"]):
        cellweave(*command, path)

    assert not (tmp_path / "ran").exists()
    assert [p.name for p in path.parent.iterdir()] == ["nb.ipynb"]
