"""Does a cell change only what the analysis says? Checked after every cell, always.

    totals = summarise(rows)     # predicted to leave `rows` alone

`Watch` is made just before a user's cell and compared just after it. A guarded name whose object
looks different, a visible name bound anew although the cell should not write it, or a channel that
moved: each is a `hidden-mutation`, because a later cell of another task would miss the change.
Digests are kept between cells, so that a value guarded by ten cells is walked eleven times.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import channels, digest
from .errors import RuntimeFailure

_MISSING = object()


class Digests:
    """Trees of guarded values, valid until a cell runs that might have changed them."""

    def __init__(self) -> None:
        self.trees: dict[str, tuple[object, digest.Tree]] = {}

    def of(self, name: str, value: object) -> digest.Tree:
        """The tree of a name's value, walked only when it is not known."""
        known = self.trees.get(name)
        if known is not None and known[0] is value:
            return known[1]
        tree = digest.tree(value, here=True)
        self.trees[name] = (value, tree)
        return tree

    def keep(self, names: Iterable[str]) -> None:
        """Forget all but `names`."""
        wanted = set(names)
        self.trees = {name: known for name, known in self.trees.items() if name in wanted}


class Watch:
    """What one cell must leave alone, as it was before the cell."""

    def __init__(
        self,
        cell: str,
        namespace: dict[str, Any],
        digests: Digests,
        *,
        writes: Iterable[str],
        guards: Iterable[str],
        visible: Iterable[str],
    ) -> None:
        self.cell = cell
        self.namespace = namespace
        self.digests = digests
        written = set(writes)
        watched = [name for name in dict.fromkeys([*guards, *visible]) if name not in written]
        self.channels = {
            name: channels.fingerprint(name) for name in watched if channels.is_channel(name)
        }
        self.bound = {
            name: namespace.get(name, _MISSING)
            for name in dict.fromkeys(visible)
            if name not in written and not channels.is_channel(name)
        }
        self.trees: dict[str, digest.Tree] = {}
        self.objects: dict[str, object] = {}
        for name in dict.fromkeys(guards):
            if name in namespace and name not in written and not channels.is_channel(name):
                self.objects[name] = namespace[name]
                self.trees[name] = digests.of(name, namespace[name])

    def compare(self) -> None:
        """Raise `hidden-mutation` for the first change that was not foreseen."""
        self.digests.keep(())
        for name, before in self.bound.items():
            after = self.namespace.get(name, _MISSING)
            if after is not before:
                what = "deletes" if after is _MISSING else "binds"
                raise self._failure(
                    name,
                    f"the cell {what} `{name}`, which the analysis did not foresee",
                    "rebound",
                )
        for name, fingerprint in self.channels.items():
            if channels.fingerprint(name) != fingerprint:
                raise self._failure(
                    name,
                    f"the cell changes {name[1:]}, which the analysis did not foresee",
                    "channel",
                )
        for name, old in self.trees.items():
            value = self.objects[name]
            new = digest.tree(value, here=True)
            where = digest.difference(old, new)
            if where is not None:
                raise self._failure(
                    name,
                    f"the cell changes `{name}{where}`, which the analysis did not foresee",
                    "changed",
                )
            if self.namespace.get(name, _MISSING) is value:
                self.digests.trees[name] = (value, new)

    def _failure(self, name: str, message: str, kind: str) -> RuntimeFailure:
        shown = f"~{name[1:]}" if channels.is_channel(name) else name
        return RuntimeFailure(
            "hidden-mutation",
            message,
            cell=self.cell,
            name=name,
            kind=kind,
            help=f"say so in the cell: `#| writes: {shown}`",
        )
