"""One line of the benchmark, and what the measures are given."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Row:
    """What was measured, ours and others' in one unit; less is better."""

    what: str
    unit: str
    """`s` or `bytes`; the printer chooses a readable size."""
    ours: float
    aim: float | None = None
    """What we want to stay below, where we said so."""
    peers: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Where to measure and how long: interpreters, a scratch folder, turns."""

    python: Path
    """Of the environment that has cellweave; its scripts are beside it."""
    peers: dict[str, Path]
    """The interpreter of each peer that could be installed."""
    scratch: Path
    turns: int

    def script(self, name: str, peer: str = "") -> Path:
        """Give the path of a command in our environment, or in a peer's."""
        return (self.peers[peer] if peer else self.python).parent / name
