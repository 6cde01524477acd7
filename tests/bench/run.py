"""`make bench`: our numbers, side by side with others in environments of their own.

It measures and reports; it fails only where something cannot be measured at all. A missed aim is
printed and is no failure: clocks of shared machines are no judges, and tests count work instead.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).parent))

import report  # noqa: E402 - found through the line above, as tests are no package
from row import Bench, Row  # noqa: E402 - the same

PEERS = {
    "marimo": ["marimo==0.25.2"],
    "papermill": ["papermill==2.7.0", "ipykernel"],
}
MEASURES = ("graph", "commands", "runs", "values")


def peer(name: str, requirements: list[str]) -> Path | None:
    """Make the environment of a peer; `None` where it cannot be installed, with a word about it."""
    folder = ROOT / ".venvs" / name
    done = subprocess.run(
        [ROOT / ".ci" / "setup", folder, *requirements], capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return folder / "bin" / "python"
    print(
        f"{name} is not compared, it could not be installed:\n{done.stderr[-500:]}", file=sys.stderr
    )
    return None


def main() -> int:
    """Measure, print, store. Gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=5, help="how often each is measured")
    parser.add_argument("--quick", action="store_true", help="one turn each, nothing stored")
    parser.add_argument("--no-peers", action="store_true", help="only our own numbers")
    parser.add_argument("--only", choices=MEASURES, action="append", help="this measure alone")
    options = parser.parse_args()

    found = {} if options.no_peers else {name: peer(name, what) for name, what in PEERS.items()}
    peers = {name: python for name, python in found.items() if python is not None}
    turns = 1 if options.quick else options.turns
    rows: list[Row] = []
    failed = []
    with tempfile.TemporaryDirectory(prefix="cellweave-bench-") as scratch:
        bench = Bench(python=Path(sys.executable), peers=peers, scratch=Path(scratch), turns=turns)
        for name in options.only or MEASURES:
            try:
                for row in importlib.import_module(f"measures.{name}").rows(bench):
                    rows.append(row)
                    print(f"measured: {row.what}", file=sys.stderr)
            except (RuntimeError, OSError) as error:
                failed.append(f"{name}: {error}")
    print(report.table(rows))
    if not (options.quick or options.only or failed):
        versions = {name: PEERS[name][0].partition("==")[2] for name in peers}
        path = report.store(
            rows, ROOT / "tests" / "bench" / "results", root=ROOT, turns=turns, versions=versions
        )
        print(f"\nstored in {path.relative_to(ROOT)}")
    for line in failed:
        print(f"not measured: {line}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
