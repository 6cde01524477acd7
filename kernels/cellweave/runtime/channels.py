"""Process state that travels between tasks: random generators, options, directory, environment.

A channel's name starts with `~`. `capture` takes its state as plain data, `restore` sets it, and
`fingerprint` tells whether it moved. A channel that is not known here (`~file:out.csv`) carries
nothing: it stands for an order of tasks, and the disk holds its content.
"""

# ruff: noqa: SLF001 - what libraries and the interpreter keep to themselves is what we carry

from __future__ import annotations

import os
import sys
from typing import Any, Callable

from . import digest, libraries

_ABSENT = "absent"


def is_channel(name: str) -> bool:
    """Whether a name is that of a channel, not of a variable."""
    return name.startswith("~")


def capture(name: str) -> Any:
    """The state of a channel as data; None where there is nothing to carry."""
    kind, _, detail = name[1:].partition(":")
    handler = _HANDLERS.get(name[1:]) or _HANDLERS.get(kind)
    return handler[0](detail) if handler else None


def restore(name: str, state: Any) -> None:
    """Set a channel to a state that `capture` gave."""
    kind, _, detail = name[1:].partition(":")
    handler = _HANDLERS.get(name[1:]) or _HANDLERS.get(kind)
    if handler and state is not None:
        handler[1](detail, state)


def fingerprint(name: str) -> str:
    """A digest of the state; equal when nothing moved."""
    return digest.digest(capture(name))


def _capture_random(_detail: str) -> Any:
    random = sys.modules.get("random")
    return random.getstate() if random is not None else None


def _restore_random(_detail: str, state: Any) -> None:
    import random

    random.setstate(state)


def _capture_numpy(_detail: str) -> Any:
    random = libraries.module("numpy.random")
    return random.get_state() if random is not None else None


def _restore_numpy(_detail: str, state: Any) -> None:
    import numpy.random

    numpy.random.set_state(state)  # noqa: NPY002 - this is the state that the user seeded


def _capture_torch(_detail: str) -> Any:
    torch = libraries.module("torch")
    return bytes(torch.get_rng_state().numpy()) if torch is not None else None


def _restore_torch(_detail: str, state: Any) -> None:
    import torch

    torch.set_rng_state(torch.frombuffer(bytearray(state), dtype=torch.uint8))


def _capture_cwd(_detail: str) -> Any:
    return os.getcwd()


def _restore_cwd(_detail: str, state: Any) -> None:
    os.chdir(state)


def _capture_env(detail: str) -> Any:
    value = os.environ.get(detail)
    return (_ABSENT,) if value is None else value


def _restore_env(detail: str, state: Any) -> None:
    if isinstance(state, str):
        os.environ[detail] = state
    else:
        os.environ.pop(detail, None)


def _capture_matplotlib(_detail: str) -> Any:
    matplotlib = libraries.module("matplotlib")
    if matplotlib is None:
        return None
    values = dict.items(matplotlib.rcParams)
    return {key: value for key, value in values if key not in _MATPLOTLIB_KEPT}


_MATPLOTLIB_KEPT = frozenset({"backend", "backend_fallback", "interactive", "toolbar"})


def _restore_matplotlib(_detail: str, state: Any) -> None:
    import matplotlib

    for key, value in state.items():
        if key in matplotlib.rcParams:
            dict.__setitem__(matplotlib.rcParams, key, value)


def _capture_pandas(_detail: str) -> Any:
    pandas = libraries.module("pandas")
    if pandas is None:
        return None
    from pandas._config import config  # type: ignore[import-untyped, unused-ignore]

    return {key: pandas.get_option(key) for key in _pandas_options(config)}


def _restore_pandas(_detail: str, state: Any) -> None:
    import pandas
    from pandas._config import config

    for key in _pandas_options(config):
        if key in state and pandas.get_option(key) != state[key]:
            pandas.set_option(key, state[key])


def _pandas_options(config: Any) -> list[str]:
    deprecated = set(getattr(config, "_deprecated_options", {}))
    return [key for key in getattr(config, "_registered_options", {}) if key not in deprecated]


def _capture_numpy_options(_detail: str) -> Any:
    numpy = libraries.module("numpy")
    if numpy is None:
        return None
    return {"print": dict(numpy.get_printoptions()), "errors": dict(numpy.geterr())}


def _restore_numpy_options(_detail: str, state: Any) -> None:
    import numpy

    numpy.set_printoptions(**{k: v for k, v in state["print"].items() if k != "override_repr"})
    numpy.seterr(**state["errors"])


def _capture_warnings(_detail: str) -> Any:
    import warnings

    return list(warnings.filters)


def _restore_warnings(_detail: str, state: Any) -> None:
    import warnings

    warnings.filters[:] = state  # type: ignore[index]
    warnings._filters_mutated()  # type: ignore[attr-defined]


def _capture_locale(_detail: str) -> Any:
    import locale

    return locale.setlocale(locale.LC_ALL)


def _restore_locale(_detail: str, state: Any) -> None:
    import locale

    locale.setlocale(locale.LC_ALL, state)


def _capture_decimal(_detail: str) -> Any:
    decimal = sys.modules.get("decimal")
    return decimal.getcontext().copy() if decimal is not None else None


def _restore_decimal(_detail: str, state: Any) -> None:
    import decimal

    decimal.setcontext(state)


def _runtime_places() -> list[str]:
    """Entries of `sys.path` that are this runtime's, so the same for no two processes."""
    return [entry for entry in sys.path if entry.endswith(".pyz")]


def _capture_path(_detail: str) -> Any:
    own = _runtime_places()
    return [entry for entry in sys.path if entry not in own]


def _restore_path(_detail: str, state: Any) -> None:
    sys.path[:] = [*_runtime_places(), *state]


_HANDLERS: dict[str, tuple[Callable[[str], Any], Callable[[str, Any], None]]] = {
    "random": (_capture_random, _restore_random),
    "numpy.random": (_capture_numpy, _restore_numpy),
    "torch.random": (_capture_torch, _restore_torch),
    "cwd": (_capture_cwd, _restore_cwd),
    "env": (_capture_env, _restore_env),
    "option:matplotlib": (_capture_matplotlib, _restore_matplotlib),
    "option:pandas": (_capture_pandas, _restore_pandas),
    "option:numpy": (_capture_numpy_options, _restore_numpy_options),
    "option:warnings": (_capture_warnings, _restore_warnings),
    "locale": (_capture_locale, _restore_locale),
    "decimal": (_capture_decimal, _restore_decimal),
    "sys.path": (_capture_path, _restore_path),
}
