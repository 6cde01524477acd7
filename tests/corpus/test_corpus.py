"""Real notebooks, each run plainly and as a workflow. `make corpus` runs all of them.

Those marked `quick` are in `make test` too. What all of them say together is in `conftest.py`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from environment import CORPUS, alone, environment, notebooks
from examining import examine
from fetch import chosen
from summary import KEY

ENTRIES = chosen()


def mark(entry: dict[str, Any]) -> Any:
    marks = [pytest.mark.corpus]
    if not entry.get("quick"):
        marks.append(pytest.mark.slow)
    name = f"{entry['source']['name']}-{Path(entry['source']['path']).stem}"
    return pytest.param(entry, id=name, marks=marks)


@pytest.mark.timeout(0)
@pytest.mark.parametrize("entry", [mark(entry) for entry in ENTRIES])
def test_the_workflow_gives_what_the_plain_run_gives(
    entry: dict[str, Any], record_property: Callable[[str, str], None]
) -> None:
    with alone():
        lost = notebooks([entry])
        python = environment(quick=bool(entry.get("quick")))
    assert not lost

    result = examine(entry, CORPUS, python)

    kept = CORPUS / "results" / f"{entry['id']}.json"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps(result, indent=1), encoding="utf-8")
    record_property(KEY, json.dumps(result))
    assert result["verdict"] in ("agrees", "diagnosed"), result["cause"]
    assert not result["unstable_outside"]
