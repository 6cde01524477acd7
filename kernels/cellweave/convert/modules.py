"""Which top-level modules a notebook's code imports, as far as its text says.

Magics are left out; a cell that does not parse imports nothing here. Modules that lie beside the
notebook are its own, and come from no distribution.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from cellweave.notebook.model import Notebook

MAGIC = re.compile(r"^([ \t]*)[%!].*$", re.MULTILINE)
CELL_MAGIC = re.compile(r"\A(?:[ \t]*\n|#[^\n]*\n)*%%[^\n]*\n?")
BACKENDS = {"matplotlib": "matplotlib", "pylab": "matplotlib"}
"""Line magics that need a library."""
USED_MAGIC = re.compile(r"^[ \t]*%(\w+)", re.MULTILINE)


def imported(notebook: Notebook) -> tuple[str, ...]:
    """Give the top-level modules that the code cells import, sorted, local ones left out."""
    found: set[str] = set()
    for cell in notebook.code_cells:
        if cell.options.skip:
            continue
        found.update(_imports(cell.source))
        magics = (match.group(1) for match in USED_MAGIC.finditer(cell.source))
        found.update(BACKENDS[name] for name in magics if name in BACKENDS)
    folder = Path(notebook.path).parent
    return tuple(sorted(name for name in found if not _is_local(folder, name)))


def _imports(source: str) -> Iterator[str]:
    code = MAGIC.sub(r"\1pass", CELL_MAGIC.sub("", source))
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _is_local(folder: Path, module: str) -> bool:
    return (folder / f"{module}.py").is_file() or (folder / module / "__init__.py").is_file()
