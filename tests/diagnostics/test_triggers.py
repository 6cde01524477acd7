"""Each diagnostic that needs no run, from an `.ipynb` through the command line.

Those of runs and of other commands are triggered where these are tested; `ELSEWHERE` names the
files, and a test looks into them.
"""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cellweave.cli.main import cli
from cellweave.diagnostics import catalogue

ROOT = Path(__file__).parents[2]
P = "# parameters\n"

CASES = {
    "after-cycle": ["#| task: a\n#| after: b\nx = 1", "#| task: b\nprint(x)"],
    "cyclic-grouping": ["#| task: a\nx = 1", "#| task: b\ny = x + 1", "#| task: a\nprint(y)"],
    "duplicate-parameters": [P + "x = 1", P + "y = 2"],
    "ignored-option": ["x = 1\n#| task: a"],
    "lone-surrogate": ["x = '\ud800'"],
    "map-not-independent": [
        "xs = [1, 2]\ny = 0",
        "#| task: m\n#| map: x\nfor x in xs:\n    y = y * 2 + x",
        "#| task: r\nprint(y)",
    ],
    "map-shape": ["xs = [1, 2]", "#| task: m\n#| map: x\nprint(xs)"],
    "maybe-undefined": ["import random\nif random.random() > 0.5:\n    x = 1", "print(x)"],
    "missing-external-input": ["text = open('nowhere.txt').read()", "print(text)"],
    "no-code": [""],
    "opaque-code": ["import sys\nexec(sys.argv[0])", "print(sys.argv)"],
    "option-syntax": ["#| task fit\nx = 1"],
    "option-type": ["#| memory: 4GB\nx = 1"],
    "parse-error": ["x = (", "y = 1"],
    "possible-mutation": [
        "import mylib\nx = [1]",
        "#| task: a\ny = mylib.score(x)",
        "#| task: b\nprint(x)",
    ],
    "rebound-parameter": [P + "x = 1", "x = x + 1", "print(x)"],
    "secret-carried": [
        "#| task: a\nimport os\nos.environ['DB_PASSWORD'] = 'x'",
        "#| task: b\nimport os\nprint(len(os.environ['DB_PASSWORD']))",
    ],
    "shared-handle": [
        "log = open('log.txt', 'w')",
        "log.write('a')",
        "x = 1",
        "log.write('b')",
    ],
    "task-name": ["#| task: Données: étape 1\nx = 1"],
    "undefined-name": ["print(nowhere)"],
    "unknown-after": ["#| task: a\n#| after: nowhere\nx = 1"],
    "unknown-option": ["#| memroy: 4Gi\nx = 1"],
    "unordered-files": [
        "names = input().split()",
        "for name in names:\n    with open(name, 'w') as f:\n        f.write('x')",
        "for name in names:\n    print(open(name).read())",
    ],
    "unpicklable-output": ["#| task: a\ng = (i for i in [1])", "#| task: b\nprint(list(g))"],
    "when-undefined": [
        P + "full = True",
        "#| task: a\n#| when: full\nx = 1",
        "#| task: b\nprint(x)",
    ],
}

FILES = {
    "not-json": b"hello",
    "not-a-notebook": b"{}",
    "notebook-version": json.dumps(
        {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []}
    ).encode(),
    "unsupported-language": json.dumps(
        {"nbformat": 4, "cells": [], "metadata": {"kernelspec": {"name": "ir", "language": "R"}}}
    ).encode(),
    "unreadable-file": None,
}

RUNS = "tests/diagnostics/test_triggers_of_runs.py"
COMMANDS = "tests/diagnostics/test_triggers_of_commands.py"
ELSEWHERE = {
    "alias-split": "tests/runtime/test_travel.py",
    "cell-error": RUNS,
    "damaged-value": RUNS,
    "engine-missing": COMMANDS,
    "hidden-mutation": "tests/runtime/test_guard.py",
    "internal-error": "tests/cli/test_bad_input.py",
    "missing-input": RUNS,
    "no-graphviz": COMMANDS,
    "no-such-value": RUNS,
    "not-a-run-folder": COMMANDS,
    "not-ready": RUNS,
    "notebook-changed": "tests/cli/test_bad_input.py",
    "output-folder": COMMANDS,
    "parameter-type": COMMANDS,
    "task-died": RUNS,
    "task-timed-out": RUNS,
    "unknown-cell": "tests/notebook/test_writer.py",
    "unknown-parameter": COMMANDS,
    "unknown-revision": COMMANDS,
    "unwritable-output": COMMANDS,
}


def cell(number, source):
    tags = ["parameters"] if source.startswith(P) else []
    return {
        "cell_type": "code",
        "id": f"c{number}",
        "metadata": {"tags": tags},
        "execution_count": None,
        "outputs": [],
        "source": source,
    }


def check(folder, data):
    path = folder / "nb.ipynb"
    if data is not None:
        path.write_bytes(data)
    result = CliRunner().invoke(cli, ["check", str(path), "--json"])
    plain = CliRunner().invoke(cli, ["check", str(path)])
    assert plain.exit_code == result.exit_code
    return result.exit_code, json.loads(result.stdout)["diagnostics"], plain.output


@pytest.mark.parametrize("code", CASES)
def test_the_command_line_says_what_is_wrong_with_a_notebook(code, tmp_path):
    cells = [cell(number, source) for number, source in enumerate(CASES[code])]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}

    status, found, text = check(tmp_path, json.dumps(content).encode())

    said = [d for d in found if d["code"] == code]
    assert said, found
    assert f"[{code}]" in text
    rule = catalogue.rule(code)
    assert said[0]["cell"] or code == "no-code"
    if any(d["severity"] == "error" for d in said):
        assert status >= rule.status
    others = {d["code"] for d in found if d["severity"] == "error"} - {code}
    assert not others


@pytest.mark.parametrize("code", FILES)
def test_the_command_line_says_what_is_wrong_with_a_file(code, tmp_path):
    status, found, text = check(tmp_path, FILES[code])

    assert code in [d["code"] for d in found]
    assert f"nb.ipynb {catalogue.rule(code).severity}[{code}]" in text.replace(":1 ", " ")
    assert status == (0 if code == "notebook-version" else 2)


def test_every_code_is_triggered_somewhere():
    assert sorted([*CASES, *FILES, *ELSEWHERE]) == sorted(catalogue.rules())
    for code, file in ELSEWHERE.items():
        assert code in (ROOT / file).read_text(encoding="utf-8"), (code, file)
