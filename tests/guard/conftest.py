"""Makes the modules that several suites share importable."""

from __future__ import annotations

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
for folder in (TESTS / "differential", TESTS / "spec", TESTS / "running"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
