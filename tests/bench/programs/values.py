"""Storing and loading one value, by the runtime of cellweave and by plain pickle 5. Prints JSON.

Argument: `ints` (a dict of a million ints) or `frame` (a DataFrame of 92 MiB).
"""

from __future__ import annotations

import json
import os
import pickle
import sys
import tempfile
import time
from pathlib import Path
from typing import Any


def made(kind: str) -> Any:
    if kind == "ints":
        return {i: i * 7 for i in range(1_000_000)}
    import numpy as np
    import pandas as pd

    numbers = np.random.default_rng(7)
    rows = 92 * 2**20 // 8 // 12
    return pd.DataFrame({f"c{k}": numbers.normal(size=rows) for k in range(12)})


def plain_save(value: Any, folder: Path) -> None:
    """Write as the runtime does: pickle 5, on the disk, synced."""
    with (folder / "value.pickle").open("wb") as file:
        pickle.dump(value, file, protocol=5)
        file.flush()
        os.fsync(file.fileno())


def plain_load(folder: Path) -> Any:
    with (folder / "value.pickle").open("rb") as file:
        return pickle.load(file)


def main() -> None:
    from cellweave.runtime import values

    value = made(sys.argv[1])
    took: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        calls = {
            "save_s": lambda: values.write(folder, "task", "cell", {"value": value}),
            "load_s": lambda: values.read_value(folder, "task", "cell", "value"),
            "pickle_save_s": lambda: plain_save(value, folder),
            "pickle_load_s": lambda: plain_load(folder),
        }
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            took[name] = time.perf_counter() - start
    print(json.dumps(took))


if __name__ == "__main__":
    main()
