"""Gathers what the notebooks of a run came to, prints it, and holds it against what was promised.

Results are kept in `.corpus/results/`, one file a notebook; a run of the whole corpus also writes
`results.json` beside this file, with commit and date.
"""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Print the summary on the controller, and fail the run where a promise is not kept."""
    if hasattr(session.config, "workerinput"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    from summary import KEY, broken_promises, lines, summary

    results, planned = _gathered(reporter, KEY)
    if not planned:
        return

    whole = summary(results, planned)
    reporter.write_line("")
    for line in lines(whole, results):
        reporter.write_line(line)
    broken = broken_promises(whole)
    for line in broken:
        reporter.write_line(f"corpus: not as promised: {line}", red=True)
    if planned == len(_manifest()):
        record = {**_when(), **whole, "notebooks": sorted(results, key=lambda r: r["notebook"])}
        (HERE / "results.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    if broken:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _gathered(reporter: Any, key: str) -> tuple[list[dict[str, Any]], int]:
    results, planned = [], 0
    for reports in reporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") != "call" or "test_corpus" not in report.nodeid:
                continue
            planned += 1
            results += [json.loads(v) for k, v in report.user_properties if k == key]
    return results, planned


def _manifest() -> list[Any]:
    entries: list[Any] = json.loads((HERE / "manifest.json").read_text())["notebooks"]
    return entries


def _when() -> dict[str, str]:
    commit = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return {
        "commit": commit,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
