"""Makes the modules beside the tests importable, and names the hypothesis profiles."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

TESTS = Path(__file__).resolve().parents[1]
for folder in (TESTS / "differential", TESTS / "spec", TESTS / "running"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

COMMON = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
    "print_blob": True,
}
settings.register_profile("ci", max_examples=300, derandomize=True, database=None, **COMMON)
settings.register_profile("nightly", max_examples=4000, **COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
