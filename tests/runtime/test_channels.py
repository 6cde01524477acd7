from __future__ import annotations

import decimal
import os
import random
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cellweave.runtime import channels


def test_a_generator_goes_on_where_it_was():
    random.seed(7)
    np.random.seed(7)
    kept = {name: channels.capture(name) for name in ("~random", "~numpy.random")}
    expected = (random.random(), np.random.rand(3).tolist())

    random.seed(8)
    np.random.seed(8)
    for name, state in kept.items():
        channels.restore(name, state)

    assert (random.random(), np.random.rand(3).tolist()) == expected


def test_a_draw_moves_the_fingerprint_and_nothing_else_does():
    before = channels.fingerprint("~random")
    assert channels.fingerprint("~random") == before

    random.random()

    assert channels.fingerprint("~random") != before


def test_the_directory_and_the_environment_are_carried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CW_MODE", "fast")
    monkeypatch.delenv("CW_GONE", raising=False)
    kept = {name: channels.capture(name) for name in ("~cwd", "~env:CW_MODE", "~env:CW_GONE")}

    monkeypatch.chdir("/")
    monkeypatch.setenv("CW_MODE", "slow")
    monkeypatch.setenv("CW_GONE", "there")
    for name, state in kept.items():
        channels.restore(name, state)

    assert Path.cwd() == tmp_path
    assert os.environ["CW_MODE"] == "fast"
    assert "CW_GONE" not in os.environ


def set_matplotlib(value: Any) -> Any:
    import matplotlib as mpl

    mpl.rcParams["lines.linewidth"] = value
    return mpl.rcParams["lines.linewidth"]


def set_pandas(value: Any) -> Any:
    pd.set_option("display.max_rows", value)
    return pd.get_option("display.max_rows")


def set_numpy(value: Any) -> Any:
    np.set_printoptions(precision=value)
    return np.get_printoptions()["precision"]


def set_decimal(value: Any) -> Any:
    decimal.getcontext().prec = value
    return decimal.getcontext().prec


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("~option:matplotlib", set_matplotlib),
        ("~option:pandas", set_pandas),
        ("~option:numpy", set_numpy),
        ("~decimal", set_decimal),
    ],
)
def test_options_are_carried(name: str, change: Any):
    original = channels.capture(name)
    change(3)
    kept = channels.capture(name)
    change(9)

    channels.restore(name, kept)

    assert channels.fingerprint(name) == channels.digest.digest(kept)
    channels.restore(name, original)


def test_warning_filters_and_the_module_path_are_carried(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "path", ["/tmp/runtime.pyz", "/a"])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="special")
        filters, path = channels.capture("~option:warnings"), channels.capture("~sys.path")
        warnings.resetwarnings()
        sys.path[:] = ["/other/runtime.pyz", "/b"]

        channels.restore("~option:warnings", filters)
        channels.restore("~sys.path", path)

        assert warnings.filters[0][1].pattern == "special"
    assert sys.path == ["/other/runtime.pyz", "/a"]


def test_a_channel_that_is_only_an_order_carries_nothing():
    assert channels.capture("~file:out.csv") is None
    channels.restore("~file:out.csv", None)
