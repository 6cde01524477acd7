"""Makes the modules beside the tests importable, and prints how the cases came out."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
for folder in (TESTS / "spec", TESTS / "running"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line for each kind of run: how many cases were right, diagnosed, wrong."""
    counts: dict[str, Counter[str]] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            for key, value in getattr(report, "user_properties", ()):
                if key.startswith("spec ") and getattr(report, "when", "") == "call":
                    counts.setdefault(key, Counter())[value] += 1
    for key, counter in sorted(counts.items()):
        said = ", ".join(f"{counter[kind]} {kind}" for kind in ("right", "diagnosed"))
        wrong = ", ".join(f"{n} {k}" for k, n in counter.items() if k not in ("right", "diagnosed"))
        terminalreporter.write_line(
            f"{key}: {sum(counter.values())} cases, {said}, {wrong or '0 wrong'}"
        )
