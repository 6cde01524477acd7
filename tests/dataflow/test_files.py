"""Files are shared, not copied: what order their users need."""

from __future__ import annotations

import pytest

from cellweave.dataflow.files import file_edges
from cellweave.dataflow.record import Record
from cellweave.dataflow.source import parse
from cellweave.dataflow.state import FileUse
from tests.dataflow.graphs import analysis, findings, graph, source_cell


def orders(*cells: str) -> list[str]:
    """Orders between cells given as `w:name r:name`; the cells are called 0, 1, 2, …"""
    records = []
    for number, uses in enumerate(cells):
        made = Record(source_cell(str(number), ""), parse(""))
        for line, use in enumerate(uses.split(), 1):
            how, _, name = use.partition(":")
            made.files.append(FileUse(name, how == "w", line))
        records.append(made)
    return [f"{source}=>{target} {name}" for source, target, name, *_ in file_edges(records)]


CASES: dict[str, tuple[list[str], list[str]]] = {
    "a read follows the write": (["w:x", "r:x"], ["0=>1 ~file:x"]),
    "a write follows the reads": (["r:x", "r:x", "w:x"], ["0=>2 ~file:x", "1=>2 ~file:x"]),
    "a write follows the write": (["w:x", "w:x"], ["0=>1 ~file:x"]),
    "reads need no order": (["r:x", "r:x"], []),
    "a write after a read after a write follows the read": (
        ["w:x", "r:x", "w:x"],
        ["0=>1 ~file:x", "1=>2 ~file:x"],
    ),
    "a read follows the last write": (["w:x", "w:x", "r:x"], ["0=>1 ~file:x", "1=>2 ~file:x"]),
    "files of other names have no part in it": (["w:x", "r:y", "w:z"], []),
    "one cell needs no order with itself": (["w:x r:x w:x", "r:x"], ["0=>1 ~file:x"]),
    "two uses give one order": (["w:x", "r:x r:x"], ["0=>1 ~file:x"]),
    "a URL is taken as it is": (["w:http://a//x", "r:http://a//x"], ["0=>1 ~file:http://a//x"]),
    "a folder is made before what is in it": (["w:out", "w:out/a/x"], ["0=>1 ~file:out"]),
    "a folder is made before what is read in it": (["w:out", "r:out/x"], ["0=>1 ~file:out"]),
    "a pattern finds what was written": (
        ["w:out/a.csv", "w:out/b.txt", "r:out/*.csv"],
        ["0=>2 ~file:out/a.csv"],
    ),
    "writers of unknown names are in order": (["w:", "w:"], ["0=>1 ~file:?"]),
    "a read of an unknown name has no order": (["w:", "r:"], []),
    "a known name has no order with an unknown one": (["w:x", "w:", "r:x"], ["0=>2 ~file:x"]),
}


@pytest.mark.parametrize("why", CASES)
def test_the_order_of_files(why):
    cells, expected = CASES[why]

    assert orders(*cells) == expected


def test_an_order_says_both_lines_and_why():
    made = [Record(source_cell(c, ""), parse("")) for c in "abc"]
    made[0].files.append(FileUse("x", write=True, line=3))
    made[1].files.append(FileUse("x", write=False, line=5))
    made[2].files.append(FileUse("x", write=True, line=7))

    assert list(file_edges(made)) == [
        (0, 1, "~file:x", "a file that it writes", 3, 5),
        (1, 2, "~file:x", "it is read before it is written again", 5, 7),
    ]


NAMES = {
    "open('x', 'w')": "w:x",
    "open('x')": "r:x",
    "open('x', mode='a')": "w:x",
    "open('./a/../x')": "r:x",
    "open('https://a//x')": "r:https://a//x",
    "open('x', 'r+')": "r:x w:x",
    "open(input(), 'w')": "w:",
    "open(name, 'w')": "w:data/in.csv",
    "open(f'{root}/y')": "r:data/y",
    "open(root + '/y')": "r:data/y",
    "import os\nopen(os.path.join(root, 'y'))": "r:data/y",
    "from pathlib import Path\nPath(root, 'y').read_text()": "r:data/y",
    "from pathlib import Path\n(Path(root) / 'y').write_text('a')": "w:data/y",
    "import pandas as pd\npd.read_csv(name)": "r:data/in.csv",
    "import pandas as pd\npd.DataFrame().to_csv('o.csv')": "w:o.csv",
    "!echo hi > x": "w:x",
    "!cat x": "r:x",
    "!cp x y": "r:x w:y",
    "%%writefile m.py\nx = 1": "w:m.py",
    "def put(at):\n    open(at, 'w')\nput('x')": "w:x",
}


@pytest.mark.parametrize("source", NAMES)
def test_a_file_is_known_by_the_constant_that_names_it(source):
    cells = {"a": "root = 'data'\nname = 'data/in.csv'", "b": source}

    used = analysis(cells).records[1].files

    assert [f"{'w' if use.write else 'r'}:{use.name}" for use in used] == NAMES[source].split()


def test_a_write_of_an_unknown_name_is_said():
    found = graph({"a": "name = input()\n\nopen(name, 'w').write('x')"})

    assert findings(found) == ["a:3 warning unordered-files"]
