"""What the results of all notebooks say together, and whether it is as promised."""

from __future__ import annotations

from typing import Any

KEY = "corpus result"
AGREE_AT_LEAST = 0.9
SERIALISED_AT_MOST = 0.05
LARGEST_AT_MOST = 0.4
SMALL = 8
"""Cells below which the share of the largest task says nothing: one task of three cells is good."""


def summary(results: list[dict[str, Any]], planned: int) -> dict[str, Any]:
    """Counts and shares over all notebooks."""
    ran = [r for r in results if r["verdict"] != "not run"]
    independent = sum(r["independent"] for r in results)
    large = [
        r["notebook"]
        for r in results
        if r.get("cells", 0) >= SMALL and r["largest"] > LARGEST_AT_MOST and not r["together"]
    ]
    return {
        "planned": planned,
        "ran": len(ran),
        **{
            kind: sum(r["verdict"] == kind for r in results)
            for kind in ("agrees", "diagnosed", "differs")
        },
        "not_run": len(results) - len(ran),
        "with_unstable_cells": sum(bool(r["unstable"]) for r in results),
        "unstable_outside_the_manifest": [r["notebook"] for r in results if r["unstable_outside"]],
        "independent_pairs": independent,
        "serialised_pairs": sum(r["serialised"] for r in results),
        "serialised_between_tasks": sum(r["serialised_between_tasks"] for r in results),
        "largest_task_too_large": large,
    }


def broken_promises(whole: dict[str, Any]) -> list[str]:
    """What is not as promised, a line each."""
    broken = []
    if whole["ran"] < whole["planned"]:
        broken.append(f"{whole['ran']} notebooks ran, {whole['planned']} were planned")
    if whole["differs"]:
        broken.append(f"{whole['differs']} are different and nothing was said")
    if whole["agrees"] < AGREE_AT_LEAST * whole["ran"]:
        broken.append(f"{whole['agrees']} of {whole['ran']} agree")
    if whole["serialised_pairs"] > SERIALISED_AT_MOST * whole["independent_pairs"]:
        broken.append(
            f"{whole['serialised_pairs']} of {whole['independent_pairs']} independent pairs of "
            "cells are in order"
        )
    broken += [
        f"unstable although two runs agree: {n}" for n in whole["unstable_outside_the_manifest"]
    ]
    broken += [f"one task holds too much: {n}" for n in whole["largest_task_too_large"]]
    return broken


def lines(whole: dict[str, Any], results: list[dict[str, Any]]) -> list[str]:
    """The summary for the terminal."""
    w = whole
    first = f"{w['agrees']} agree, {w['diagnosed']} are diagnosed, {w['differs']} differ silently"
    pairs = f"{w['serialised_pairs']} of {w['independent_pairs']} truly independent pairs of cells"
    said = [
        f"corpus: {w['ran']} of {w['planned']} notebooks ran: {first}",
        f"corpus: {pairs} are in order ({w['serialised_between_tasks']} when their tasks count)",
    ]
    for result in results:
        if result["verdict"] != "agrees":
            cause = (result["cause"].splitlines() or [""])[0]
            said.append(f"corpus: {result['verdict']}: {result['notebook']}: {cause}")
    return said
