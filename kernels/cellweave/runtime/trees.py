"""Trees of hashes, and the first place where two of them differ.

    before = tree(model)
    model.predict(rows)              # fills model._cache, computes a cached property
    difference(before, tree(model))  # None: nobody can see that from outside

Not a change are: a private attribute filled from absent or None, a cached property computed for
the first time, and the caches listed in `LAZY`.
"""

from __future__ import annotations

import hashlib

from .depth import deeply

LAZY = {
    "pandas": frozenset({"_item_cache", "_cache", "_cacher", "_engine"}),
    "statsmodels": frozenset(
        {"_cache", "_tmp_like_exog", "_optim_hessian"}
        | {"predict_start", "predict_end", "predict_dates"}
    ),
    "networkx": frozenset({"adj", "nodes", "edges", "degree", "__networkx_cache__"}),
    "sympy": frozenset({"_mhash", "_assumptions"}),
}
"""Attributes that a library fills while reading, or never clears, by the root of the module of the
class. They are no part of a value's hash: a copy that nobody read yet is an equal value."""


class Tree:
    """A value's structure. `own` is what the node itself holds; `children` is None for a leaf."""

    __slots__ = ("children", "hash", "kind", "lazy", "own")
    hash: bytes

    def __init__(
        self,
        kind: str,
        own: bytes,
        children: dict[str, Tree] | None = None,
        lazy: frozenset[str] = frozenset(),
        *,
        ordered: bool = True,
    ) -> None:
        self.kind = kind
        self.own = own
        self.children = children
        self.lazy = lazy
        parts = [kind.encode("utf-8", "surrogatepass"), own]
        if children:
            table = _table(self)
            items = [
                b"%b\0%b" % (key.encode("utf-8", "surrogatepass"), child.hash)
                for key, child in children.items()
                if key[1:] not in table
            ]
            parts += items if ordered else sorted(items)
        whole = b"".join(b"%d:%b" % (len(part), part) for part in parts)
        short = len(whole) < 16
        self.hash = whole if short else hashlib.blake2b(whole, digest_size=16).digest()


def difference(old: Tree, new: Tree) -> str | None:
    """The path of the first change from `old` to `new`, empty for the root; None when unchanged."""
    return deeply(lambda: _difference(old, new, set()))


def _difference(old: Tree, new: Tree, seen: set[tuple[int, int]]) -> str | None:
    if old.hash == new.hash or (id(old), id(new)) in seen:
        return None
    seen.add((id(old), id(new)))
    if old.kind != new.kind or old.own != new.own or old.children is None or new.children is None:
        return ""
    forgiven = False
    table = _table(new)
    for key in dict.fromkeys([*old.children, *new.children]):
        before, after = old.children.get(key), new.children.get(key)
        if key[1:] in table:
            forgiven = True
        elif after is None:
            return key
        elif before is None or before.kind == "NoneType" != after.kind:
            if not (_private(key) or (before is None and key in new.lazy)):
                return key
            forgiven = True
        else:
            inner = _difference(before, after, seen)
            if inner is not None:
                return key + inner
            forgiven = forgiven or before.hash != after.hash
    return None if forgiven else ""


def _private(key: str) -> bool:
    return key.startswith("._")


def _table(node: Tree) -> frozenset[str]:
    root = node.own.decode("utf-8", "replace").partition(".")[0]
    return LAZY.get(root, frozenset())
