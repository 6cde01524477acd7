"""From the row of a function to the effect of one call, and from several rows to one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec

from cellweave.dataflow.effects.model import Effect, Returns

_SEED_KEYWORDS = frozenset({"random_state", "seed", "rng"})
_TARGET_KEYWORDS = frozenset({"out", "output", "ax", "axes"})
_NEEDS_COPY = frozenset({"copy", "copy_X", "deep"})


def at_call(effect: Effect, keywords: Mapping[str, object], positional: int = 0) -> Effect:
    """The effect of one call, given what its keywords say.

    `keywords` maps each keyword of the call to its constant, or to `...` where it is no constant;
    `positional` counts the positional arguments. Handles `inplace=`, `out=`, `ax=`, `copy=False`,
    `overwrite_…=` and `random_state=`, which mean the same in every library of the tables.
    """
    mutates = list(effect.mutates)
    returns: Returns = effect.returns
    draws = effect.draws
    if effect.inplace and keywords.get("inplace", False) is not False:
        mutates.append("self")
        returns = "self" if keywords["inplace"] is ... else "none"
    for name, value in keywords.items():
        if name in _TARGET_KEYWORDS and value is not None:
            mutates.append(name)
            returns = "unknown"
        elif name in _SEED_KEYWORDS and value is ...:
            mutates.append(name)
        elif name in _NEEDS_COPY and value is not True and returns == "fresh":
            returns = "view"
        overwrites = name.startswith("overwrite") or (name == "copy" and name in effect.mutates)
        if overwrites and value is not (name == "copy"):
            mutates.extend(str(i) for i in range(min(positional, 2)))
    optional = [x for x in effect.mutates if x.isdigit()] if "out" in effect.mutates else []
    if returns in ("fresh", "view") and any(int(x) < positional for x in optional):
        returns = "unknown"
    if draws and any(keywords.get(k) is not None for k in _SEED_KEYWORDS):
        draws = ()
    if tuple(mutates) == effect.mutates and returns == effect.returns and draws == effect.draws:
        return effect
    return msgspec.structs.replace(
        effect,
        mutates=tuple(dict.fromkeys(mutates)),
        returns=returns,
        draws=draws,
        inplace=False,
    )


def consensus(effects: Iterable[Effect]) -> Effect | None:
    """One effect that is true of all, or None where one of them changes something."""
    found = list(effects)
    if not found or any(not _asks_first(e) or e.opaque or e.sets for e in found):
        return None
    returns = {e.returns for e in found}
    types = {e.type for e in found}
    merged: dict[str, Any] = {
        "mutates": tuple(
            dict.fromkeys(x for e in found for x in e.mutates if x in _TARGET_KEYWORDS)
        )
    }
    merged |= {
        field: tuple(dict.fromkeys(x for e in found for x in getattr(e, field)))
        for field in ("keeps", "calls", "draws", "reads")
    }
    for flag in ("inplace", "impure", "handle", "pyplot"):
        merged[flag] = any(getattr(e, flag) for e in found)
    for text in ("file_read", "file_write", "table_read"):
        merged[text] = next((getattr(e, text) for e in found if getattr(e, text)), "")
    return Effect(returns=_weakest(returns), type=types.pop() if len(types) == 1 else "", **merged)


def _asks_first(effect: Effect) -> bool:
    """It changes nothing but a target that the call names for it (`out=`, `ax=`, a file)."""
    return (
        not effect.mutates
        or bool(effect.file_write and "self" not in effect.mutates)
        or all(x in _TARGET_KEYWORDS for x in effect.mutates)
        or ("out" in effect.mutates and all(x == "out" or x.isdigit() for x in effect.mutates))
    )


def _weakest(returns: Collection[Returns]) -> Returns:
    """The answer that promises least."""
    if len(returns) == 1:
        return next(iter(returns))
    order: tuple[Returns, ...] = ("unknown", "view", "self", "elem", "args", "elems")
    found: Returns = next((r for r in order if r in returns), "fresh")
    return "view" if found in ("self", "elem") else found
