"""What a library call does to the objects it is given, as data.

The rows live in the TOML files beside this module. A row is a string of words, for example
`random.shuffle = "mutates:0 draws:~random returns:none"`; the vocabulary is the fields of `Effect`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Returns = Literal["fresh", "scalar", "none", "self", "view", "elem", "elems", "args", "unknown"]


class Effect(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The effect of one function or method.

    Arguments are `self`, a position from 0, a keyword, or `*`.
    """

    mutates: tuple[str, ...] = ()
    """Arguments that it changes in place."""
    keeps: tuple[str, ...] = ()
    """Arguments that the receiver (or the changed argument) holds on to afterwards."""
    inplace: bool = False
    """The receiver changes only when `inplace=` is given and is not the constant False."""
    returns: Returns = "fresh"
    """fresh: shares nothing with what went in. scalar: immutable. self: the receiver itself. view:
    may share memory with the receiver (or first argument). elem: something the receiver contains.
    elems: a new container of what the receiver and arguments contain (`list(x)`, `zip`).
    args: new, but may hold on to the arguments. unknown: may be or hold any of them."""
    type: str = ""
    """Qualified name of the type of the result, where one is sure."""
    calls: tuple[str, ...] = ()
    """Arguments that are functions which it calls."""
    draws: tuple[str, ...] = ()
    """Channels of process state that it reads and advances (`~random`)."""
    reads: tuple[str, ...] = ()
    """Channels that it only reads."""
    sets: tuple[str, ...] = ()
    """Channels that it writes without reading (a seed). `~env:0`: named by that argument."""
    config: bool = False
    """With literal arguments it is pure configuration, which replays in every process."""
    file_read: str = ""
    """The argument that names a file (or URL) that it reads."""
    file_write: str = ""
    """The argument that names a file that it writes."""
    table_read: str = ""
    """The argument that holds a table name or query."""
    impure: bool = False
    """Touches clock, uuid, network, subprocess or entropy: never replayed, never cached."""
    handle: bool = False
    """The result cannot leave its process (file, lock, connection, generator, …)."""
    pyplot: bool = False
    """Changes only the current figure, which closes at the end of the cell."""
    opaque: bool = False
    """May define or change any name of the notebook (`exec`, `globals`)."""


class TypeInfo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What holds for all instances of a library type."""

    bases: tuple[str, ...] = ()
    immutable: bool = False
    """No method changes it, and it holds nothing that can change: it needs no tracking."""
    handle: bool = False
    """Instances cannot leave their process."""
    deep: bool = False
    """Its methods change what it was made of: a pipeline its steps, a writer its buffer."""
    attributes: dict[str, str] = {}
    """Attribute → `view`, `elem`, `scalar`, `fresh`, or a type name (shares with the owner)."""
    index: Returns = "view"
    """What `x[...]` gives where the index is no mask or list: `elem`, `view`, `scalar`, `fresh`."""
    iter: Returns = "view"
    """What iterating gives."""
    caches: tuple[str, ...] = ()
    """Private attributes that fill lazily: no change of value."""
    draws: tuple[str, ...] = ()
