"""The graph of a notebook in a fresh process: cold, and after an edit. Prints JSON.

Arguments: a JSON file with the sources, the edits, and the notebook's path.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

from cellweave.dataflow import Analysis, analyse, source_cells
from cellweave.notebook.reader import parse

data = json.loads(Path(sys.argv[1]).read_text())
raw = Path(data["notebook"]).read_bytes()
analyse(parse(Path(data["warm_up"]).read_bytes(), "warm-up.ipynb"))

start = time.perf_counter()
notebook = parse(raw, "synthetic.ipynb")
read = time.perf_counter() - start
start = time.perf_counter()
analyse(notebook)
cold = time.perf_counter() - start

analysis = Analysis(source_cells(notebook))
analysis.graph()
took, visited = [], []
for i, source in data["edits"]:
    start = time.perf_counter()
    analysis.edit(f"c{i}", source)
    analysis.graph()
    took.append(time.perf_counter() - start)
    visited.append(analysis.visited)
start = time.perf_counter()
analysis.edit("c0", data["first"])
analysis.graph()
imports = time.perf_counter() - start
print(
    json.dumps(
        {
            "read_s": read,
            "cold_s": cold,
            "edit_s": statistics.median(took),
            "edit_imports_s": imports,
            "visited": statistics.median(visited),
        }
    )
)
