"""The executor in a process of its own, and the same notebook by stock papermill."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cellweave.runtime.archive import files
from tests.runtime.tasks import KERNELS, book, code

pytestmark = pytest.mark.slow

START = """
__import__("sys").path.insert(0, cellweave_runtime)
import cellweave_runtime as __cellweave__
__cellweave__.start(globals(), task="fit", types={"day": "date"})
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "runtime.pyz"
    with zipfile.ZipFile(path, "w") as target:
        for name, content in files().items():
            target.writestr(f"cellweave_runtime/{name}", content)
    return path


def command(*arguments: object, archive: Path | None = None) -> list[str]:
    place, name = (archive, "cellweave_runtime") if archive else (KERNELS, "cellweave.runtime")
    start = f"import sys, runpy; sys.path.insert(0, {str(place)!r})"
    run = f"runpy.run_module({name!r}, run_name='__main__', alter_sys=True)"
    return [sys.executable, "-c", f"{start}; {run}", *map(str, arguments)]


def execute(
    folder: Path, notebook: dict[str, Any], *arguments: object, archive: Path | None = None
) -> tuple[int, dict[str, Any]]:
    source, target = folder / "task.ipynb", folder / "out.ipynb"
    source.write_text(json.dumps(notebook))
    done = subprocess.run(
        command(source, target, *arguments, archive=archive),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert target.exists(), done.stderr
    return done.returncode, json.loads(target.read_text())


def papermill(folder: Path, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "papermill",
            "task.ipynb",
            "by-papermill.ipynb",
            *arguments,
            "--no-progress-bar",
        ],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (folder / "by-papermill.ipynb").exists(), done.stderr
    made: dict[str, Any] = json.loads((folder / "by-papermill.ipynb").read_text())
    return made


def outputs(notebook: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Each cell's outputs in a form that two executors can agree on."""
    return {
        cell["id"]: [plain(output) for output in coalesced(cell["outputs"])]
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    }


def counts(notebook: dict[str, Any]) -> dict[str, int | None]:
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return {cell["id"]: cell["execution_count"] for cell in cells}


def coalesced(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for output in found:
        text = output.get("text", "")
        output = {**output, **({"text": "".join(text)} if "text" in output else {})}
        last = made[-1] if made else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            last["text"] += output["text"]
        else:
            made.append(output)
    return made


def plain(output: dict[str, Any]) -> dict[str, Any]:
    if output["output_type"] == "error":
        colour = re.compile(r"\x1b\[[0-9;]*m")
        return {**output, "traceback": [colour.sub("", line) for line in output["traceback"]]}
    if "data" in output:
        data = {mime: "".join(item) for mime, item in output["data"].items()}
        return {**output, "data": data}
    return output


def rich_book(archive: Path, io: Path) -> dict[str, Any]:
    return book(
        code(
            f'day = "2020-01-02"\ncellweave_io = {str(io)!r}\n'
            f"cellweave_runtime = {str(archive)!r}\ncellweave_workdir = {str(io.parent)!r}",
            "p",
            role="parameters",
            tags=("parameters",),
        ),
        code(START, "start", role="start"),
        code("import os, sys, asyncio\n\ndef f(x):\n    return x", "setup", role="setup"),
        code('__cellweave__.begin("c1", writes=["x"])', "b1", role="check"),
        code(
            """
            #| task: fit
            x = f([1])
            print(day.year, "é")
            print("after")
            print("warned", file=sys.stderr)
            x
            """,
            "c1",
            role="cell",
        ),
        code(
            '__cellweave__.end("c1")\n__cellweave__.begin("c2", when="len(x) > 1")',
            "b2",
            role="check",
        ),
        code("%%time\nx.append(2)\n1 / 0", "c2", role="cell"),
        code(
            '__cellweave__.end("c2")\n__cellweave__.begin("c3", guards=["x"])', "b3", role="check"
        ),
        code(
            """
            !echo shell {x}
            await asyncio.sleep(0.01)
            asyncio.get_running_loop().is_running()
            from IPython.display import HTML, clear_output, display
            print("gone")
            clear_output()
            handle = display("first", display_id=True)
            handle.update("second")
            import matplotlib.pyplot as plt
            plt.plot([1, 2])
            display(HTML("<b>bold</b>"))
            class Shown:
                def _repr_html_(self):
                    return "<i>rich</i>"
                def __repr__(self):
                    return "plain"
            Shown()
            """,
            "c3",
            role="cell",
        ),
        code('__cellweave__.end("c3")\n__cellweave__.store("c1", ["x", "f"])', "s3", role="store"),
        code("print(plt.get_fignums()); 5;", "c4", role="cell"),
        code("def bad():\n    return 1 / 0\n\nbad()", "c5", role="cell"),
        code("print('never')", "c6", role="cell"),
    )


def test_the_executor_stock_papermill_and_the_adapted_one_give_the_same_notebook(
    tmp_path: Path, archive: Path
):
    notebook = rich_book(archive, tmp_path / "values")
    status, direct = execute(tmp_path, notebook)
    stored = (tmp_path / "values" / "fit" / "c1" / "index.json").read_bytes()
    stock = papermill(tmp_path)
    adapted = papermill(tmp_path, "--engine", "cellweave")

    mine, theirs = outputs(direct), outputs(stock)
    assert status == 1
    assert mine == theirs
    assert outputs(adapted) == theirs
    assert counts(direct) == counts(stock) == counts(adapted)
    assert (tmp_path / "values" / "fit" / "c1" / "index.json").read_bytes() == stored
    assert mine["c2"] == []
    assert mine["c5"][0]["ename"] == "ZeroDivisionError"


def test_a_failing_cell_ends_the_run_and_the_journal_says_where(tmp_path: Path):
    notebook = book(
        code("x = 1", "a"),
        code("print('so far')\n\nx / 0", "b"),
        code("print('never')", "c"),
    )

    status, made = execute(tmp_path, notebook)

    assert status == 1
    assert [cell["metadata"]["cellweave"]["status"] for cell in made["cells"]] == [
        "succeeded",
        "failed",
        "skipped",
    ]
    error = made["metadata"]["cellweave"]["execution"]["error"]
    assert (error["ename"], error["cell"], error["line"]) == ("ZeroDivisionError", "b", 3)
    traceback = plain(made["cells"][1]["outputs"][1])["traceback"]
    assert "Cell In[2], line 3" in "\n".join(traceback)


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("from cellweave_runtime import NotReady\nraise NotReady('wait')", 20),
        ("class NotRetryable(ValueError): pass\nraise NotRetryable('never')", 50),
        ("raise SystemExit(0)", 1),
        ("1 +", 1),
        ("1", 0),
    ],
)
def test_the_exit_status_is_the_contract_of_a_task(tmp_path: Path, source: str, status: int):
    assert execute(tmp_path, book(code(source, "a")), "--plain")[0] == status


def test_a_cell_that_may_raise_does_not_end_the_run(tmp_path: Path):
    notebook = book(code("1 / 0", "a", tags=("raises-exception",)), code("print(1)", "b"))

    status, made = execute(tmp_path, notebook)

    assert status == 0
    assert made["cells"][1]["outputs"][0]["text"] == "1\n"


def test_a_process_that_dies_leaves_a_journal_to_render(tmp_path: Path):
    notebook = book(code("print('first')", "a"), code("import os\nprint('then')\nos._exit(9)", "b"))
    source, target = tmp_path / "task.ipynb", tmp_path / "out.ipynb"
    source.write_text(json.dumps(notebook))

    died = subprocess.run(command(source, target, "--plain"), check=False, timeout=60)
    subprocess.run(command(source, target, "--render"), check=False, timeout=60)

    made = json.loads(target.read_text())
    assert died.returncode == 9
    assert made["cells"][0]["outputs"][0]["text"] == "first\n"
    assert made["cells"][1]["outputs"][0]["text"] == "then\n"
    assert made["metadata"]["cellweave"]["execution"]["status"] == "lost"


def plain_book(archive: Path, io: Path) -> dict[str, Any]:
    notebook = rich_book(archive, io)
    wanted = {"p", "start", "setup", "b1", "c1", "b2", "c2", "c5"}
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] in wanted]
    for cell in notebook["cells"]:
        cell["source"] = cell["source"].replace("%%time\n", "")
        if cell["id"] == "c1":  # ipykernel hears children too, but sometimes too late
            child = 'os.system("echo from a child")\nprint("after")'
            cell["source"] = cell["source"].replace('print("after")', child)
        if cell["id"] == "c5":
            cell["source"] = (
                "class Box:\n    def __init__(self):\n        self.x = x\n\n"
                "await asyncio.sleep(0)\n"
                '__cellweave__.end("c2")\n__cellweave__.store("c1", ["x", "f"])\n'
                'assert sys.modules["__main__"].__dict__ is globals()\nday'
            )
    return notebook


def check_plain(status: int, made: dict[str, Any]) -> None:
    found = outputs(made)
    assert status == 0, made["metadata"]
    assert found["c1"][0]["text"] == "2021 é\nfrom a child\nafter\n"
    assert found["c1"][1] == {"output_type": "stream", "name": "stderr", "text": "warned\n"}
    assert found["c1"][2]["data"] == {"text/plain": "[1]"}
    assert found["c2"] == []
    assert found["c5"][0]["data"] == {"text/plain": "datetime.date(2021, 1, 2)"}


def test_without_ipython_plain_python_runs_the_cells(tmp_path: Path, archive: Path):
    notebook = plain_book(archive, tmp_path / "values")

    check_plain(*execute(tmp_path, notebook, "--plain", "-p", "day=2021-01-02"))


def test_the_zip_alone_runs_a_task(tmp_path: Path, archive: Path):
    notebook = plain_book(archive, tmp_path / "values")

    status, made = execute(tmp_path, notebook, "--plain", "-p", "day=2021-01-02", archive=archive)

    check_plain(status, made)


def test_a_plain_notebook_leaves_snapshots_of_its_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CELLWEAVE_SNAPSHOT", str(tmp_path / "seen"))

    execute(tmp_path, book(code("x = [1]", "a"), code("x.append(2); y = 1", "b")), "--plain")

    seen = {path.stem: json.loads(path.read_text()) for path in (tmp_path / "seen").iterdir()}
    assert seen["a"]["changed"] == ["x"]
    assert seen["b"]["changed"] == ["x", "y"]


def test_bad_usage_is_told_apart_from_a_failed_task(tmp_path: Path):
    done = subprocess.run(
        command("only-one.ipynb"), capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 2
    assert "two notebooks are needed" in done.stderr


def test_an_interrupt_ends_the_cell_and_the_run_is_rendered(tmp_path: Path):
    source = "import os, signal\nprint('on')\nos.kill(os.getpid(), signal.SIGINT)\nwhile True: pass"

    status, made = execute(tmp_path, book(code(source, "a")), "--plain")

    assert status == 1
    assert [output.get("ename") for output in made["cells"][0]["outputs"]] == [
        None,
        "KeyboardInterrupt",
    ]


def test_a_caller_with_an_event_loop_of_its_own_can_execute_too(tmp_path: Path):
    source = (
        "import asyncio, pathlib\n"
        f"import sys; sys.path.insert(0, {str(KERNELS)!r})\n"
        "from cellweave.runtime.execute import execute\n"
        "book = {'cells': [{'cell_type': 'code', 'id': 'a', 'metadata': {}, 'source': '1 + 1'}],"
        " 'metadata': {}}\n"
        "async def main():\n"
        "    made = execute(book, journal=pathlib.Path('j'), ipython=False)\n"
        "    print(made['cells'][0]['outputs'][0]['data']['text/plain'])\n"
        "asyncio.run(main())\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", source],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.stdout == "2\n", done.stderr
