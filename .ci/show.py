"""Prints what the cells of an executed notebook showed: `show.py NOTEBOOK`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def shown(output: dict[str, Any]) -> str:
    """Give one output as text; a picture by its kind and size."""
    data = output.get("data", {})
    pictures = [kind for kind in data if kind.startswith("image/")]
    if pictures:
        size = len("".join(data[pictures[0]])) * 3 // 4
        return f"({pictures[0]}, {size // 1024} kB)\n"
    text = output.get("text") or data.get("text/plain") or output.get("evalue", "")
    return "".join(text).rstrip("\n") + "\n"


def main(path: str) -> None:
    """Print each code cell that showed something, by its id."""
    for cell in json.loads(Path(path).read_text(encoding="utf-8"))["cells"]:
        text = "".join(shown(output) for output in cell.get("outputs", ()))
        if text:
            print(f"[{cell['id']}]")
            print("    " + text.rstrip("\n").replace("\n", "\n    "))


if __name__ == "__main__":
    main(sys.argv[1])
