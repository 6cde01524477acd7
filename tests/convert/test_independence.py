"""The split never puts independent cells into an order, beyond the small budget it states."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cellweave.convert.fuse import BUDGET, fuse
from cellweave.convert.groups import Material
from cellweave.convert.reach import Reach, serialised
from cellweave.convert.split import split
from tests.convert.books import book, cell, md


def shares(made):
    """Give (serialised, independent) among the cells that do more than show, and all groups."""
    material = Material(*made)
    mains = [index for index in material.members if not material.display[index]]
    owner = {
        material.number[cell]: number
        for number, group in enumerate(split(*made).groups)
        for cell in group.cells
    }
    every = [(s, t) for s, t in material.edges if s in owner and t in owner]
    Reach(sorted(set(owner.values())), [(owner[s], owner[t]) for s, t in every])  # no cycle
    inner = [(s, t) for s, t in every if s in mains and t in mains]
    return serialised(mains, inner, {index: owner[index] for index in mains})


def test_independent_cells_between_a_fork_and_a_join_stay_independent():
    branches = [cell(f"b{n}", reads="x", writes=f"y{n}") for n in range(5)]
    joined = " ".join(f"y{n}" for n in range(5))

    made = book(cell("load", writes="x"), *branches, cell("join", reads=joined, writes="z"))

    assert shares(made) == (0, 10)


def test_a_tangle_that_only_looks_like_a_chain_is_not_fused():
    made = book(
        cell("a", writes="a"),
        cell("b", writes="b"),
        cell("c", reads="a", writes="c"),
        cell("d", reads="b c", writes="d"),
        cell("e", reads="a", writes="e"),
    )

    assert shares(made)[0] == 0


@st.composite
def books(draw):
    names = [f"v{n}" for n in range(draw(st.integers(1, 6)))]
    specs = []
    for number in range(draw(st.integers(1, 40))):
        if draw(st.integers(0, 5)) == 0:
            specs.append(md("# Part"))
        reads = draw(st.sets(st.sampled_from(names), max_size=3))
        writes = draw(st.sets(st.sampled_from(names), max_size=2))
        specs.append(
            cell(f"c{number}", reads=" ".join(sorted(reads)), writes=" ".join(sorted(writes)))
        )
    return book(*specs)


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_the_budget_holds_for_any_notebook(data):
    made = data.draw(books())

    lost, independent = shares(made)

    assert lost <= BUDGET * independent


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_no_task_holds_more_than_two_fifths_of_the_cells(data):
    made = data.draw(books())

    sizes = [len(group.cells) for group in split(*made).groups]

    count = sum(1 for c in made[0].code_cells)
    assert count < 8 or max(sizes) <= max(1, 0.4 * count)


def test_every_unit_is_in_one_group():
    made = book(*(cell(f"c{n}", reads="x", writes="x" if n % 3 else "") for n in range(30)))

    groups = split(*made).groups

    cells = [cell for group in groups for cell in group.cells]
    assert sorted(cells) == sorted(facts.id for facts in made[1].cells)


def test_fusing_nothing_gives_nothing():
    assert fuse([], [], cap=5, most=12) == []
