"""marimo's own graph of a notebook, in a fresh process: cold, and after an edit. Prints JSON.

Arguments: a JSON file with the sources, and the number of edits.
"""

import json
import statistics
import sys
import time
from pathlib import Path

from marimo._ast.compiler import compile_cell
from marimo._runtime.dataflow import DirectedGraph


def build(sources):
    graph = DirectedGraph()
    for i, source in enumerate(sources):
        graph.register_cell(f"c{i}", compile_cell(source, f"c{i}"))
    return graph


def edit(graph, i, source):
    graph.delete_cell(f"c{i}")
    graph.register_cell(f"c{i}", compile_cell(source, f"c{i}"))


data = json.loads(Path(sys.argv[1]).read_text())
sources, edits, first = data["sources"], data["edits"], data["first"]
build(sources[:5])
start = time.perf_counter()
graph = build(sources)
cold = time.perf_counter() - start
took = []
for i, source in edits:
    start = time.perf_counter()
    edit(graph, i, source)
    took.append(time.perf_counter() - start)
start = time.perf_counter()
edit(graph, 0, first)
print(
    json.dumps(
        {
            "cold_s": cold,
            "edit_s": statistics.median(took),
            "edit_imports_s": time.perf_counter() - start,
        }
    )
)
