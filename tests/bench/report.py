"""The benchmark's table for people and its file for later."""

from __future__ import annotations

import dataclasses
import datetime
import json
import os
import platform
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from row import Row


def size(value: float, unit: str) -> str:
    """Give a value in the unit that people would choose."""
    if unit == "bytes":
        return f"{value / 2**20:.0f} MiB"
    if value < 0.0005:
        return f"{value * 1e6:.0f} µs"
    return f"{value * 1e3:.1f} ms" if value < 0.1 else f"{value:.2f} s"


def table(rows: Iterable[Row]) -> str:
    """Give the rows as aligned text: ours, the aim, and each peer with its ratio to ours."""
    lines = [("what", "cellweave", "aim", "others (times ours)")]
    for row in rows:
        aim = "" if row.aim is None else f"< {size(row.aim, row.unit)}"
        if row.aim is not None and row.ours >= row.aim:
            aim += "  MISSED"
        others = ", ".join(
            f"{name} {size(value, row.unit)} ({value / row.ours:.1f}x)" if row.ours else name
            for name, value in row.peers.items()
        )
        lines.append((row.what, size(row.ours, row.unit), aim, others))
    widths = [max(len(line[k]) for line in lines) for k in range(3)]
    return "\n".join(
        f"{a:<{widths[0]}}  {b:>{widths[1]}}  {c:<{widths[2]}}  {d}".rstrip()
        for a, b, c, d in lines
    )


def machine() -> dict[str, Any]:
    """Say what the numbers were measured on."""
    return {
        "system": platform.system(),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def commit(root: Path) -> str:
    """Give the commit, with `+` where files differ from it."""

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=root, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    return git("rev-parse", "--short", "HEAD") + (
        "+" if git("status", "--porcelain", "-uno") else ""
    )


def store(
    rows: list[Row], folder: Path, *, root: Path, turns: int, versions: dict[str, str]
) -> Path:
    """Write the numbers with machine, date, commit and method; give the file's path."""
    now = datetime.datetime.now(datetime.UTC)
    record = {
        "date": now.isoformat(timespec="seconds"),
        "commit": commit(root),
        "machine": machine(),
        "method": f"median of {turns} fresh processes, wall clock",
        "versions": versions,
        "rows": [dataclasses.asdict(row) for row in rows],
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{now:%Y%m%d-%H%M%S}-{record['commit'].rstrip('+') or 'none'}.json"
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    return path
