"""Walking values that are nested deeper than Python's stack is by default.

    node = None
    for n in range(5000):
        node = Node(n, node)     # a linked list of the user's

A walk that hits the recursion limit is tried once more on a thread with a large stack.
"""

from __future__ import annotations

import sys
import threading
from typing import Callable, TypeVar

_Result = TypeVar("_Result")
_STACK_BYTES = 512 << 20
_FRAMES = 100_000


def deeply(walk: Callable[[], _Result]) -> _Result:
    """The result of `walk`; RecursionError only where even a large stack is not enough."""
    try:
        return walk()
    except RecursionError:
        pass
    results: list[_Result] = []
    failures: list[BaseException] = []

    def target() -> None:
        try:
            results.append(walk())
        except BaseException as error:  # raised again by the caller's thread
            failures.append(error)

    size, frames = threading.stack_size(_STACK_BYTES), sys.getrecursionlimit()
    sys.setrecursionlimit(max(frames, _FRAMES))
    try:
        thread = threading.Thread(target=target, name="cellweave-deep")
        thread.start()
        thread.join()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(frames)
    if failures:
        raise failures[0]
    return results[0]
