"""Notebooks as bytes, as small as a test can state them."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest


def code(source: str | list[str], *, id: str = "", tags: tuple[str, ...] = ()) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {"tags": list(tags)} if tags else {},
        "outputs": [],
        "source": source,
    }
    return {**cell, "id": id} if id else cell


def book(*cells: dict[str, Any], minor: int = 5, **metadata: Any) -> bytes:
    content = {
        "cells": list(cells),
        "metadata": metadata,
        "nbformat": 4,
        "nbformat_minor": minor,
    }
    return json.dumps(content).encode()


class Make:
    code = staticmethod(code)
    book = staticmethod(book)


@pytest.fixture
def make() -> type[Make]:
    return Make


@pytest.fixture
def benchmark_s():
    """Give a context that fails where its body is slower than any machine excuses."""

    @contextlib.contextmanager
    def within(*, limit: float) -> Iterator[None]:
        start = time.process_time()
        yield
        assert time.process_time() - start < limit

    return within
