"""`cellweave run`: tasks in processes of their own, and what becomes of failures."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.books import code

pytestmark = pytest.mark.slow


@pytest.fixture
def run(cellweave, tmp_path):
    """Run a notebook with the executor directly; give the exit status and the JSON."""

    def call(path: Path, *arguments: object):
        result = cellweave(
            "run", path, "--engine", "direct", "--output", tmp_path / "run", "--json", *arguments
        )
        assert "Traceback (most" not in result.stderr
        return result.exit_code, json.loads(result.stdout)

    return call


def printed(notebook: str | None, cell: str) -> str:
    assert notebook is not None
    (found,) = (c for c in json.loads(Path(notebook).read_text())["cells"] if c["id"] == cell)
    return "".join("".join(o.get("text", "")) for o in found["outputs"])


def processes_in(folder: Path) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().decode(errors="replace")
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        if f"CELLWEAVE_HOME={folder}".encode() in environment and "pytest" not in line:
            found.append(line)
    return found


def test_each_task_is_recorded_with_its_notebook_and_outputs(run, notebook):
    path = notebook(
        "#| task: load\nrows = [1, 2]",
        "#| task: fill\nrows.append(3)",
        "#| task: show\nprint(rows)",
    )
    before = path.read_bytes()

    status, record = run(path)

    assert status == 0
    assert record["status"] == "succeeded"
    assert list(record["tasks"]) == ["load", "fill", "show"]
    for task in record["tasks"].values():
        assert task["status"] == "succeeded"
        assert task["seconds"] > 0
        assert task["cached"] is False
        assert task["error"] is None
    assert record["tasks"]["fill"]["outputs"] == ["rows"]
    assert printed(record["tasks"]["show"]["notebook"], "c3") == "[1, 2, 3]\n"
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["nb.ipynb"]


def test_the_merged_notebook_is_the_users_own_executed(run, notebook):
    path = notebook(
        {"cell_type": "markdown", "id": "m", "metadata": {}, "source": "# Title"},
        "#| task: a\nx = [1]\nprint('made')",
        "#| task: b\nx + [2]",
    )

    _, record = run(path)

    merged = json.loads(Path(record["notebook"]).read_text())
    assert [cell["id"] for cell in merged["cells"]] == ["m", "c2", "c3"]
    assert [cell.get("execution_count") for cell in merged["cells"]] == [None, 1, 2]
    assert "".join(merged["cells"][1]["outputs"][0]["text"]) == "made\n"
    output = merged["cells"][2]["outputs"][0]
    assert output["output_type"] == "execute_result"
    assert output["execution_count"] == 2
    assert "".join(output["data"]["text/plain"]) == "[1, 2]"


def test_a_failure_skips_what_needs_it_and_nothing_else(run, notebook):
    path = notebook(
        "#| task: bad\nx = [1]\n1 / 0",
        "#| task: needs\nprint(x)",
        "#| task: free\ny = [2]",
        "#| task: last\nprint(y)",
    )

    status, record = run(path)

    assert status == 1
    assert record["status"] == "failed"
    assert {name: task["status"] for name, task in record["tasks"].items()} == {
        "bad": "failed",
        "needs": "skipped",
        "free": "succeeded",
        "last": "succeeded",
    }
    error = record["tasks"]["bad"]["error"]
    assert (error["code"], error["type"]) == ("cell-error", "ZeroDivisionError")
    assert (error["cell"], error["line"]) == ("c1", 3)
    assert "1 / 0" in error["traceback"]
    merged = json.loads(Path(record["notebook"]).read_text())
    assert [c["metadata"]["cellweave"]["status"] for c in merged["cells"]] == [
        "failed",
        "skipped",
        "succeeded",
        "succeeded",
    ]


def test_a_failure_is_printed_with_cell_line_and_traceback(cellweave, notebook, tmp_path):
    path = notebook("#| task: bad\nx = [1]\n1 / 0")

    result = cellweave("run", path, "--engine", "direct", "--output", tmp_path / "run")

    assert result.exit_code == 1
    assert "nb.ipynb:c1:3 error[cell-error] task bad: ZeroDivisionError" in result.output
    assert "1 / 0" in result.output
    assert "cellweave/" not in result.output.split("| Traceback")[-1].split("run ")[0]


def test_parameters_are_read_by_their_type_and_reach_every_task(run, notebook):
    path = notebook(
        code(
            "import datetime\nday = datetime.date(2024, 1, 1)\npair = (1, 2)\nn: int = 3",
            "p",
            tags=("parameters",),
        ),
        "#| task: a\nx = [type(day).__name__, day.year, pair, n]",
        "#| task: b\nprint(x, n + 1, day)",
    )

    status, record = run(path, "-p", "day=2025-02-03", "-p", "pair=(3, (4,))", "-p", "n=7")

    assert status == 0, record
    assert printed(record["tasks"]["b"]["notebook"], "c3") == (
        "['date', 2025, (3, (4,)), 7] 8 2025-02-03\n"
    )


def test_a_default_that_is_no_literal_is_evaluated_once_and_can_be_overridden(run, notebook):
    path = notebook(
        code("import uuid\nname = uuid.uuid4().hex", "p", tags=("parameters",)),
        "#| task: a\nx = [name]",
        "#| task: b\nprint(x == [name], name)",
    )

    _, record = run(path)
    assert printed(record["tasks"]["b"]["notebook"], "c3").startswith("True ")

    _, record = run(path, "-p", "name=mine")
    assert printed(record["tasks"]["b"]["notebook"], "c3") == "True mine\n"


@pytest.mark.parametrize("engine", ["direct", "papermill"])
def test_an_error_in_setup_has_the_cell_and_line_it_came_from(run, notebook, engine):
    path = notebook(
        "import math",
        "# a comment\nimport json\nimport not_there_at_all",
        "#| task: a\nx = [math.pi, json.dumps(1)]\nnot_there_at_all",
    )

    status, record = run(path, "--engine", engine)

    error = record["tasks"]["a"]["error"]
    assert status == 1
    assert (error["type"], error["cell"], error["line"]) == ("ModuleNotFoundError", "c2", 3)


def test_not_ready_is_status_20_and_no_failure(run, notebook):
    path = notebook(
        "class NotReady(Exception):\n    pass",
        "#| task: wait\nimport os\nif not os.path.exists('data.csv'):\n"
        "    raise NotReady('tomorrow')\nx = [1]",
        "#| task: use\nprint(x)",
    )

    status, record = run(path)

    assert status == 20, record
    assert record["status"] == "waiting"
    assert {t["status"] for t in record["tasks"].values()} == {"waiting"}


def test_a_task_is_tried_again_as_its_retries_allow(run, notebook, tmp_path):
    mark = tmp_path / "mark"
    path = notebook(
        f"#| task: flaky\n#| retries: 2\nimport os\nif not os.path.exists({str(mark)!r}):\n"
        f"    open({str(mark)!r}, 'w').close()\n    raise OSError('first time')\nx = [1]"
    )

    status, record = run(path)

    assert status == 0, record
    assert record["tasks"]["flaky"]["attempts"] == 2


def test_an_error_that_is_not_retryable_is_final(run, notebook):
    path = notebook(
        "class NotRetryable(Exception):\n    pass",
        "#| task: once\n#| retries: 3\nraise NotRetryable('never')",
    )

    status, record = run(path)

    assert status == 1
    assert record["tasks"]["once"]["attempts"] == 1


def test_a_task_that_takes_longer_than_its_timeout_is_ended(run, notebook):
    path = notebook("#| task: slow\n#| timeout: 2\nprint('begun')\nimport time\ntime.sleep(60)")

    began = time.monotonic()
    status, record = run(path)

    task = record["tasks"]["slow"]
    assert status == 1
    assert time.monotonic() - began < 30
    assert (task["status"], task["error"]["code"]) == ("timed-out", "task-timed-out")
    assert printed(task["notebook"], "c1") == "begun\n"


def test_a_process_that_dies_is_a_failure_with_its_log(run, notebook):
    path = notebook("#| task: dies\nprint('begun')\nimport os\nos._exit(9)")

    status, record = run(path)

    task = record["tasks"]["dies"]
    assert status == 1
    assert task["error"]["code"] == "task-died"
    assert "exit status 9" in task["error"]["message"]


def test_no_task_and_no_folder_when_the_notebook_has_errors(cellweave, notebook, tmp_path):
    path = notebook("x = [1]", "print(nothing)")

    result = cellweave("run", path, "--output", tmp_path / "run", "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["diagnostics"][0]["code"] == "undefined-name"
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere")
def test_a_folder_without_permission_is_a_usage_error(cellweave, notebook, tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(stat.S_IRUSR | stat.S_IXUSR)

    result = cellweave("run", notebook("x = [1]"), "--output", locked / "run")

    assert result.exit_code == 2
    assert "error[unwritable-output]" in result.output


@pytest.mark.parametrize("command", [["build", "-o"], ["run", "--output"]])
def test_a_file_where_a_folder_should_be_is_a_usage_error(cellweave, notebook, tmp_path, command):
    blocked = tmp_path / "file"
    blocked.write_text("")

    result = cellweave(command[0], notebook("x = [1]"), command[1], blocked / "run")

    assert result.exit_code == 2
    assert "error[unwritable-output]" in result.output


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at /proc")
@pytest.mark.parametrize("engine", ["direct", "papermill"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_cancels_and_leaves_no_process(notebook, tmp_path, engine, number):
    mark = tmp_path / "mark"
    path = notebook(
        "#| task: first\nx = [1]",
        f"#| task: long\nopen({str(mark)!r}, 'w').close()\nimport subprocess, time\n"
        "subprocess.Popen(['sleep', '60'], start_new_session=True)\ntime.sleep(60)\ny = x",
        "#| task: last\nprint(y)",
    )
    home = tmp_path / "home"
    running = subprocess.Popen(
        [sys.executable, "-m", "cellweave", "run", str(path), "--engine", engine, "--json"],
        stdout=subprocess.PIPE,
        env={**os.environ, "CELLWEAVE_HOME": str(home)},
    )
    deadline = time.monotonic() + 60
    while not mark.exists() and time.monotonic() < deadline:
        time.sleep(0.05)

    running.send_signal(number)
    out, _ = running.communicate(timeout=30)

    record = json.loads(out)
    assert running.returncode == 1
    assert record["status"] == "cancelled"
    assert {name: task["status"] for name, task in record["tasks"].items()} == {
        "first": "succeeded",
        "long": "cancelled",
        "last": "cancelled",
    }
    assert processes_in(home) == []


def test_papermill_is_the_default_and_gives_the_same_values(cellweave, notebook, tmp_path):
    path = notebook("#| task: a\nx = [1]", "#| task: b\nx.append(2)\nprint(x)\nx")

    result = cellweave("run", path, "--output", tmp_path / "run", "--json")

    record = json.loads(result.stdout)
    assert result.exit_code == 0, record
    assert record["engine"] == "papermill"
    executed = json.loads(Path(record["tasks"]["b"]["notebook"]).read_text())
    assert "papermill" in executed["metadata"]
    assert printed(record["tasks"]["b"]["notebook"], "c2").startswith("[1, 2]\n")


def test_papermill_gives_cell_and_line_of_an_error(cellweave, notebook, tmp_path):
    path = notebook("#| task: bad\nx = [1]\n\n1 / 0")

    result = cellweave("run", path, "--output", tmp_path / "run", "--json")

    error = json.loads(result.stdout)["tasks"]["bad"]["error"]
    assert result.exit_code == 1
    assert (error["type"], error["cell"], error["line"]) == ("ZeroDivisionError", "c1", 4)
