"""`cellweave graph` and `check`: the machine contract, drawings, and text for people."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.cli.books import code

CHURN = (
    code("n = 3", "p", tags=("parameters",)),
    code("import math\nscale = 2.0", "s"),
    "#| task: load\nrows = [n, 1]",
    "#| task: fill\nrows.append(math.sqrt(scale))",
    "#| task: report\nprint(rows)",
)


@pytest.fixture
def churn(notebook):
    return notebook(*CHURN, name="churn.ipynb")


def test_json_has_tasks_edges_and_diagnostics(cellweave, churn):
    result = cellweave("graph", churn, "--json")

    graph = json.loads(result.stdout)
    assert result.exit_code == 0
    assert [(t["name"], t["cells"]) for t in graph["tasks"]] == [
        ("load", ["c3"]),
        ("fill", ["c4"]),
        ("report", ["c5"]),
    ]
    assert [(e["from"], e["to"], e["kind"], e["names"], e["possible"]) for e in graph["edges"]] == [
        ("load", "fill", "data", ["rows"], False),
        ("fill", "report", "data", ["rows"], False),
    ]
    reason = graph["edges"][1]["reasons"][0]
    assert (reason["name"], reason["cell"], reason["line"]) == ("rows", "c4", 2)
    assert (reason["target_cell"], reason["target_line"]) == ("c5", 2)
    assert graph["diagnostics"] == []


def test_json_of_cells_has_setup_and_parameters_too(cellweave, churn):
    graph = json.loads(cellweave("graph", churn, "--json", "--cells").stdout)

    assert [(t["name"], t["role"]) for t in graph["tasks"]][:2] == [
        ("p", "parameters"),
        ("s", "setup"),
    ]
    edges = {(e["from"], e["to"]): set(e["names"]) for e in graph["edges"]}
    assert edges["p", "c3"] == {"n"}
    assert edges["s", "c4"] == {"math", "scale"}
    assert edges["c3", "c4"] == {"rows"}
    assert edges["c4", "c5"] == {"rows"}


def test_a_diagnostic_in_json_has_every_key_of_the_contract(cellweave, notebook):
    result = cellweave("check", notebook("print(nothing)"), "--json")

    (found,) = json.loads(result.stdout)["diagnostics"]
    assert result.exit_code == 1
    assert found["code"] == "undefined-name"
    assert (found["severity"], found["cell"], found["line"], found["name"]) == (
        "error",
        "c1",
        1,
        "nothing",
    )
    assert found["message"]


def test_text_says_what_each_task_takes_and_why(cellweave, churn):
    output = cellweave("graph", churn).output

    assert "churn.ipynb: 3 tasks, 2 edges; parameters n = 3" in output
    assert "← load: rows" in output
    assert "at c4:2, used at c5:2" in output


@pytest.mark.parametrize(
    ("option", "start"), [("--dot", "digraph"), ("--mermaid", "flowchart"), ("--json", "{")]
)
@pytest.mark.parametrize("cells", [[], ["--cells"]])
def test_each_form_goes_to_standard_output(cellweave, churn, option, start, cells):
    result = cellweave("graph", churn, option, *cells)

    assert result.exit_code == 0
    assert result.stdout.startswith(start)


@pytest.mark.parametrize("option", ["--svg", "--png"])
def test_pictures_need_graphviz_and_say_so(cellweave, churn, monkeypatch, tmp_path, option):
    monkeypatch.setenv("PATH", str(tmp_path))
    target = [tmp_path / "x.png"] if option == "--png" else []

    result = cellweave("graph", churn, option, *target)

    assert result.exit_code == 2
    assert "error[no-graphviz]" in result.output
    assert not (tmp_path / "x.png").exists()


def test_errors_stand_beside_a_drawing_on_standard_error(cellweave, notebook):
    result = cellweave("graph", notebook("print(nothing)"), "--mermaid")

    assert result.exit_code == 1
    assert result.stdout.startswith("flowchart")
    assert "error[undefined-name]" in result.stderr


@pytest.mark.parametrize(
    "arguments", [["graph"], ["graph", "x", "--nope"], ["nope"], ["run", "x", "-p", "novalue"]]
)
def test_wrong_usage_is_status_2_and_json_where_asked(cellweave, arguments):
    assert cellweave(*arguments).exit_code == 2

    result = cellweave(*arguments, "--json")

    assert result.exit_code == 2
    assert json.loads(result.output)["error"]["message"]


def test_help_and_version(cellweave):
    assert "graph" in cellweave("--help").output
    assert cellweave("--version").output.startswith("cellweave 0.")
    for command in ("check", "graph", "build", "run", "verify", "diff", "explain", "completion"):
        assert cellweave(command, "--help").exit_code == 0


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_of_a_shell(cellweave, shell):
    result = cellweave("completion", shell)

    assert result.exit_code == 0
    assert "_CELLWEAVE_COMPLETE" in result.output


def process(*arguments: object, **extra: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "cellweave", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **extra},
    )


def test_a_reader_that_goes_away_is_no_error(notebook):
    path = notebook(*(f"x{n} = [{n}]\nprint(x{n})" for n in range(300)))

    running = process("graph", path, "--json")
    assert running.stdout is not None
    running.stdout.read(1)
    running.stdout.close()
    assert running.stderr is not None
    complaint = running.stderr.read()
    running.stderr.close()

    assert running.wait() == 0
    assert complaint == b""


@pytest.mark.parametrize("arguments", [[], ["--mermaid"], ["--json"], ["--cells"]])
def test_a_terminal_without_unicode_gets_escapes(notebook, arguments):
    path = notebook("#| task: Größe 日本\nx = [1]", "#| task: last\nprint(x)")

    running = process("graph", path, *arguments, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    out, err = running.communicate()

    assert running.returncode == 0, err
    assert out.isascii()
    assert b"Traceback" not in err
