"""Reachability, transitive reduction, and pairs put into an order."""

from __future__ import annotations

import pytest

from cellweave.convert.reach import Reach, bits, serialised

DIAMOND = [(0, 1), (0, 2), (1, 3), (2, 3), (0, 3)]


def test_ancestors_and_descendants():
    reach = Reach(range(4), DIAMOND)

    assert set(bits(reach.descendants[0])) == {1, 2, 3}
    assert set(bits(reach.ancestors[3])) == {0, 1, 2}
    assert not reach.ordered(1, 2)


def test_the_reduction_leaves_out_shortcuts():
    assert Reach(range(4), DIAMOND).reduction() == {0: (1, 2), 1: (3,), 2: (3,), 3: ()}


def test_a_cycle_has_no_reach():
    with pytest.raises(ValueError, match="cycle"):
        Reach(range(2), [(0, 1), (1, 0)])


def test_a_pair_in_one_group_counts_as_serialised():
    assert serialised(range(4), DIAMOND, {0: 0, 1: 1, 2: 2, 3: 3}) == (0, 1)
    assert serialised(range(4), DIAMOND, {0: 0, 1: 1, 2: 1, 3: 3}) == (1, 1)


def test_a_pair_ordered_through_groups_counts_as_serialised():
    # 0 → 1 and 2 → 3; with 1 and 2 in one task, 0 now comes before 3 as well.
    pairs = [(0, 1), (2, 3)]

    assert serialised(range(4), pairs, {0: 0, 1: 1, 2: 1, 3: 3})[0] == 4
