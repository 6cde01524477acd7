"""`cellweave verify --json`, with tasks that are forks of a process which has imported much.

A notebook whose libraries take five seconds to import has twenty tasks: imported once, the corpus
takes an hour instead of five. Nothing else differs from the command: the tasks go through the
executor, their values through files, and the plain runs the same way.

    python verifying.py NOTEBOOK
"""

from __future__ import annotations

import ast
import contextlib
import json
import sys
import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "running")]

UNSAFE = frozenset({"polars", "torch", "tensorflow", "jax", "pyspark", "dask", "ray"})
"""Not imported before a fork: they start threads."""


def imports(book: Path) -> tuple[str, ...]:
    """The modules that the notebook imports by name, those of its own folder left out."""
    found: dict[str, None] = {}
    for cell in json.loads(book.read_bytes())["cells"]:
        if cell["cell_type"] != "code":
            continue
        lines = "".join(cell["source"]).splitlines()
        kept = "\n".join(
            "" if line.lstrip().startswith(("%", "!", "?")) else line for line in lines
        )
        with contextlib.suppress(SyntaxError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for node in ast.walk(ast.parse(kept)):
                if isinstance(node, ast.Import):
                    found.update(dict.fromkeys(alias.name for alias in node.names))
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    found[node.module] = None
    local = {path.stem for path in book.parent.iterdir()}
    return tuple(n for n in found if n.partition(".")[0] not in UNSAFE | local)


def main() -> int:
    """Verify the notebook and print what was found."""
    import forked

    import cellweave.app.verify as module
    from cellweave.app.graph import load_graph
    from cellweave.diagnostics.errors import CellweaveError

    book = Path(sys.argv[1])
    modules = dict.fromkeys((*forked.BASE, "numpy", "pandas", "matplotlib.pyplot", *imports(book)))
    try:
        graph = load_graph(book)
        graph.require_runnable()
        module.ENGINE = forked.installed(tuple(modules))
        found = module.verify(graph)
    except CellweaveError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(found.to_json()))
    return 0 if found.result == "agrees" else 1


if __name__ == "__main__":
    sys.exit(main())
