"""Notebooks of any size for measuring: 12 lines a cell, running with the standard library alone.

Names are defined once, so that tools which refuse redefinition can read them too. About every fifth
cell changes a list that an earlier cell made, as real notebooks do.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

LINES = 12


def sources(cells: int, *, seed: int = 7) -> list[str]:
    """Give the source of each cell, the first with the imports."""
    rng = random.Random(seed)
    head = ["import math", "import statistics", "from collections import Counter, defaultdict"]
    head += ["", "scale = 1.5", "labels = ['a', 'b', 'c', 'd']", "rows0 = list(range(20))"]
    head += ["value0 = 1.0", "table0 = {label: i for i, label in enumerate(labels)}"]
    head += ["def half(x):", "    return x / 2", "note0 = f'start {value0}'"]
    return ["\n".join(head)] + [_cell(i, rng) for i in range(1, cells)]


def _cell(i: int, rng: random.Random) -> str:
    """Give one cell: it reads values, rows and a table of cells not far above it."""
    near = [max(0, i - 1 - int(rng.expovariate(0.4))) for _ in range(3)]
    value, rows, table = near
    changed = rng.randrange(i) if rng.random() < 0.2 else i
    lines = [
        f"# step {i}",
        f"value{i} = math.sqrt(abs(value{value})) * scale + half({i})",
        f"rows{i} = [row + {i} for row in rows{rows} if row % {rng.randint(2, 5)}]",
        f"table{i} = dict(table{table}, k{i}=value{i})",
        f"def weigh{i}(row, factor=scale):",
        f"    return row * factor + value{i}",
        f"total{i} = sum(weigh{i}(row) for row in rows{i})",
        f"counts{i} = Counter(int(total{i}) % 7 for _ in range(3))",
        f"if total{i} > 1000 and rows{i}:",
        f"    rows{changed}.append(len(counts{i}))",
        f"kept{i} = {{key: half(item) for key, item in table{i}.items() if item is not None}}",
        f"note{i} = f'{{total{i}:.1f}} of {{len(kept{i})}}'",
    ]
    return "\n".join(lines)


def edited(source: str, turn: int) -> str:
    """Give the same cell with one line changed, differently each turn."""
    lines = source.split("\n")
    lines[0] = f"{lines[0]}  # turn {turn}" if lines[0].startswith("#") else lines[0]
    lines[-1] = f"{lines[-1]} + '{turn}'"
    return "\n".join(lines)


def four_tasks() -> list[str]:
    """Give a small notebook that splits into four tasks: a source, two branches, a join."""
    return [
        "#| task: load\nrows = list(range(100))",
        "#| task: low\nlow = [row for row in rows if row < 50]",
        "#| task: high\nhigh = [row for row in rows if row >= 50]",
        "#| task: join\nprint(sum(low), sum(high))",
    ]


def trivial() -> list[str]:
    """Give the five cells on which runners are compared by what they add."""
    return ["a = 1", "b = a + 1", "c = b * 2", "d = [a, b, c]", "print(sum(d))"]


def notebook(cells: list[str]) -> bytes:
    """Give a notebook file with these code cells, ids `c0`, `c1`, …"""
    return json.dumps(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "execution_count": None,
                    "id": f"c{i}",
                    "metadata": {},
                    "outputs": [],
                    "source": source.splitlines(keepends=True),
                }
                for i, source in enumerate(cells)
            ],
            "metadata": {
                "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                "language_info": {"name": "python"},
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        },
        indent=1,
    ).encode()


def write(path: Path, cells: list[str]) -> Path:
    """Write a notebook of these cells."""
    path.write_bytes(notebook(cells))
    return path
