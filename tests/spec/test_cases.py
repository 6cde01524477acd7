"""Every case of `dataflow/`: edges exact, values those of the plain run; or diagnosed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cases import Case, cases
from judging import judge, judge_inferred

CASES = [pytest.param(case, id=case.name) for case in cases()]
NOT_INFERRED = frozenset({"after_option", "writefile_then_read"})
"""What these print or mean depends on the options that inferring takes away."""


@pytest.mark.parametrize("case", CASES)
def test_tasks_have_exactly_the_edges_and_print_what_the_plain_run_prints(
    case: Case, tmp_path: Path, record_property: Callable[[str, str], None]
) -> None:
    verdict = judge(case, tmp_path)

    if case.gap and verdict.kind == "wrong edges":
        record_property("spec tasks named", "known gap")
        pytest.xfail(case.gap)
    record_property("spec tasks named", verdict.kind)
    assert not case.gap, "the gap is closed: take it out of the case"
    assert verdict.kind in ("right", "diagnosed"), f"{verdict.kind}\n{verdict.story}"


@pytest.mark.parametrize("case", [c for c in CASES if c.id not in NOT_INFERRED])
def test_inferred_tasks_print_what_the_plain_run_prints(
    case: Case, tmp_path: Path, record_property: Callable[[str, str], None]
) -> None:
    verdict = judge_inferred(case, tmp_path)

    record_property("spec tasks inferred", verdict.kind)
    assert verdict.kind in ("right", "diagnosed"), f"{verdict.kind}\n{verdict.story}"
