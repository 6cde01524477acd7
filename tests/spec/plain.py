"""What a notebook prints when its cells run top to bottom, in one IPython process.

This is the oracle of the cases, so it shares nothing with cellweave: not even the reading of cell
options. One process imports IPython and the libraries once and forks for each notebook, in a
folder of its own. Run as a script it reads a JSON list of notebooks (each a list of cells with
`source`) from standard input and writes, for each, a list of the texts that its cells print; a
cell that fails gives `{"error": …}` and ends its notebook.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

PRELOAD = (
    "numpy pandas matplotlib.pyplot sklearn.linear_model sklearn.preprocessing sqlite3 asyncio"
)
OPTION = re.compile(r"#\|\s*([\w-]+)\s*:\s*(.*?)\s*$")
ADDRESS = re.compile(r"0x[0-9a-fA-F]+")


def options(source: str) -> dict[str, str]:
    """The `#| key: value` lines at the top of a cell, below its `%%` line if it has one."""
    lines = source.splitlines()
    if lines and lines[0].startswith("%%"):
        lines = lines[1:]
    found: dict[str, str] = {}
    for line in lines:
        match = OPTION.match(line)
        if not match:
            break
        found[match[1]] = match[2]
    return found


def normal(text: str) -> str:
    """The text with every address as `0x…`, and line ends as a terminal-free run has them."""
    return ADDRESS.sub("0x…", text).replace("\r\n", "\n")


def run(sources: list[list[dict[str, Any]]], *, python: str = sys.executable) -> list[Any]:
    """The printed texts of each notebook, cell by cell; see the top of this file."""
    done = subprocess.run(
        [python, str(Path(__file__).resolve())],
        input=json.dumps(sources),
        capture_output=True,
        text=True,
        env={**os.environ, "MPLBACKEND": "agg", "PYTHONHASHSEED": "0"},
        check=True,
    )
    answer: list[Any] = json.loads(done.stdout)
    return answer


def _cells(shell: Any, cells: list[dict[str, Any]]) -> list[Any]:
    """Run the cells of one notebook in this process, in the current folder."""
    texts: list[Any] = []
    for cell in cells:
        said = options(cell["source"])
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            wanted = said.get("skip") != "true"
            if wanted and "when" in said:
                wanted = bool(eval(said["when"], shell.user_ns))
            result = shell.run_cell(cell["source"], store_history=True) if wanted else None
            importlib.import_module("matplotlib.pyplot").close("all")
        if result is not None and not result.success:
            error = result.error_before_exec or result.error_in_exec
            texts.append({"error": repr(error), "cell": cell.get("id")})
            break
        texts.append(normal(out.getvalue()))
    return texts


def _shell() -> Any:
    """An IPython shell like a kernel's: no prompt, no history file, shell output captured."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Shell(InteractiveShell):
        """Shows the text of a last expression without a prompt; runs `!` as a kernel does."""

        system = InteractiveShell.system_piped

        def enable_gui(self, gui: str | None = None) -> None:
            """Nothing: there is no window."""

        class Display(InteractiveShell.displayhook_class.default_value):  # type: ignore[misc]
            """`Out[n]:` is no part of what a kernel sends."""

            def write_output_prompt(self) -> None:
                """Nothing."""

            def write_format_data(self, data: Any, md: Any = None) -> None:
                """The plain text alone."""
                print(data["text/plain"])

            def finish_displayhook(self) -> None:
                """No blank line."""

        displayhook_class = Display

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    return Shell.instance(config=config)


def main() -> None:
    """Fork for each notebook, and gather what the children write."""
    for name in PRELOAD.split():
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    shell = _shell()
    answers: list[Any] = []
    for cells in json.load(sys.stdin):
        with tempfile.TemporaryDirectory() as folder:
            answer = Path(folder, "answer.json")
            place = Path(folder, "place")
            place.mkdir()
            child = os.fork()
            if child == 0:
                try:
                    os.chdir(place)
                    answer.write_text(json.dumps(_cells(shell, cells)))
                except BaseException:
                    traceback.print_exc()
                finally:
                    os._exit(0)
            os.waitpid(child, 0)
            answers.append(json.loads(answer.read_text()))
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
