"""A workflow run gives what a plain run from top to bottom gives, or says why it cannot."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from comparing import compare, compare_graph, graph_of, plainly
from hypothesis import HealthCheck, Phase, assume, given, settings
from notebooks import edits, notebooks

from cellweave.dataflow import Analysis, source_cells
from cellweave.notebook.reader import parse

TWENTY = json.loads(Path(__file__).with_name("twenty.json").read_text(encoding="utf-8"))


ENOUGH = 25
"""How many guarded runs show that an analysis is blind: more than a tenth of 200."""


class DisagreementError(AssertionError):
    """A generated notebook gave other values as a workflow, and nothing was said."""


def agreement(*, examples: int | None = None, mutations: bool = True) -> Counter[str]:
    """Compare generated notebooks until one differs (raises) or the examples are used up."""
    counts: Counter[str] = Counter()
    profile = settings()
    if examples is not None:
        # that a difference is found is enough; the smallest one takes minutes and tells nothing
        profile = settings(max_examples=examples, phases=(Phase.explicit, Phase.generate))

    @settings(profile)
    @given(sources=notebooks())
    def check(sources: tuple[str, ...]) -> None:
        expected = plainly(sources)
        assume(expected is not None)
        assert expected is not None
        if not mutations and counts["guarded"] + counts["diagnosed"] > ENOUGH:
            return  # the rest would find more of the same
        with tempfile.TemporaryDirectory() as folder:
            both = compare(sources, expected, Path(folder), mutations=mutations)
        counts[both.kind] += 1
        if both.kind == "different":
            book = "\n# ---\n".join(sources)
            raise DisagreementError(f"{both.story}\n\n{book}")

    check()
    return counts


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_generated_notebooks_agree_with_plain_python_or_are_diagnosed() -> None:
    counts = agreement()

    total = sum(counts.values())
    print(f"generated notebooks: {total}, {dict(counts)}")
    assert total >= 0.9 * settings().max_examples
    assert counts["diagnosed"] + counts["guarded"] <= total / 10, dict(counts)


@pytest.mark.nightly
@pytest.mark.slow
@pytest.mark.timeout(0)
def test_thousands_of_generated_notebooks_agree() -> None:
    counts = agreement()

    total = sum(counts.values())
    print(f"generated notebooks: {total}, {dict(counts)}")
    assert total >= 3000
    assert counts["diagnosed"] + counts["guarded"] <= total / 10, dict(counts)


@pytest.mark.slow
def test_an_analysis_blind_to_mutation_is_found_out_within_200_examples() -> None:
    try:
        counts = agreement(examples=200, mutations=False)
    except DisagreementError:
        return
    found = counts["guarded"] + counts["diagnosed"]
    assert found > 20, "neither a difference nor the guard: the test is blind"


@settings(suppress_health_check=list(HealthCheck))
@given(sources=notebooks(), changes=edits(cells=4))
def test_editing_step_by_step_equals_analysing_once(
    sources: tuple[str, ...], changes: tuple[tuple[int, str], ...]
) -> None:
    from cases import notebook
    from comparing import named

    cells = named(sources)

    def analysis() -> Analysis:
        return Analysis(source_cells(parse(json.dumps(notebook(cells)).encode(), "book.ipynb")))

    stepwise = analysis()
    stepwise.graph()
    for index, source in changes:
        place = index % len(cells)
        changed = f"#| task: s{place + 1}\n{source}"
        cells[place] = {**cells[place], "source": changed}
        stepwise.edit(cells[place]["id"], changed)

    assert stepwise.graph() == analysis().graph()


@pytest.mark.slow
@pytest.mark.parametrize(
    "sources", [pytest.param(tuple(s), id=str(n)) for n, s in enumerate(TWENTY)]
)
def test_twenty_fixed_notebooks_agree_through_stock_papermill(
    sources: tuple[str, ...], tmp_path: Path
) -> None:
    expected = plainly(sources)
    assert expected is not None

    graph = graph_of(sources, tmp_path / "book.ipynb")
    both = compare_graph(graph, expected, tmp_path, engine="papermill")

    assert both.kind in ("agree", "diagnosed"), both.story
