"""Digests: blake2b for names that we choose ourselves, SHA-256 where others check them."""

from __future__ import annotations

import hashlib

HEX_LENGTH = 32


def digest(*parts: str | bytes) -> str:
    """Give 32 hex digits for `parts`; where one part ends and the next begins counts."""
    state = hashlib.blake2b(digest_size=HEX_LENGTH // 2)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        state.update(len(data).to_bytes(8, "little"))
        state.update(data)
    return state.hexdigest()


def sha256(data: bytes) -> str:
    """Give the SHA-256 of `data` in hex, as lock files and content stores write it."""
    return hashlib.sha256(data).hexdigest()
