"""Which pairs of cells the graphs put in order although the traces found them independent, and why.

Runs nothing: it uses the traces that a run of the corpus left in `.corpus/facts`, so that a change
of the analysis or of the purity tables is judged in seconds.

    PYTHONPATH=kernels python tests/corpus/orders.py
"""

from __future__ import annotations

import json
from collections import Counter

from environment import CORPUS
from examining import serialised
from fetch import chosen, place

from cellweave.app.graph import load_graph


def main() -> None:
    """Print a line for each notebook with such pairs, the sum, and the commonest causes."""
    causes: Counter[str] = Counter()
    lines = []
    independent = ordered = notebooks = 0
    for entry in chosen():
        traces = sorted((CORPUS / "facts").glob(f"{entry['id']}*.json"))
        if not traces:
            continue
        facts = json.loads(traces[-1].read_text(encoding="utf-8"))
        graph = load_graph(place(CORPUS, entry["source"]))
        ids = [cell.id for cell in graph.cells.cells]
        found = serialised(graph.to_cells_json(), graph.to_json(), facts, ids)
        notebooks += 1
        independent += found["independent"]
        ordered += found["serialised"]
        pairs = {tuple(pair) for pair in found["serialised_pairs"]}
        here = Counter(
            reason.cause
            for edge in graph.cells.edges
            if (ids.index(edge.source), ids.index(edge.target)) in pairs
            for reason in edge.reasons
        )
        causes.update(here)
        if pairs:
            name = place(CORPUS, entry["source"]).name
            worst = [f"{cause} ({count})" for cause, count in here.most_common(3)]
            lines.append(
                (found["serialised"], f"{entry['id']} {name}", found["independent"], worst)
            )
    for count, name, among, worst in sorted(lines, reverse=True):
        print(f"{count} of {among}: {name}: {', '.join(worst)}")
    share = ordered / max(1, independent)
    print(f"{ordered} of {independent} independent pairs are in order: {share:.1%}")
    for cause, count in causes.most_common(20):
        print(f"  {count} {cause}")


if __name__ == "__main__":
    main()
