from hypothesis import given
from hypothesis import strategies as st

from cellweave._base.ids import CELL_ID, derived_cell_ids

CELLS = st.lists(
    st.tuples(
        st.sampled_from(["", "a", "b", "b c", "x" * 65]),
        st.sampled_from(["code", "markdown"]),
        st.sampled_from(["", "x", "y", "\ud800"]),
    )
)


@given(CELLS)
def test_ids_are_valid_unique_and_the_same_each_time(cells):
    ids = derived_cell_ids(cells)

    assert len(set(ids)) == len(cells)
    assert all(CELL_ID.fullmatch(name) for name in ids)
    assert ids == derived_cell_ids(cells)


@given(CELLS)
def test_a_valid_id_stays_with_the_first_cell_that_has_it(cells):
    ids = derived_cell_ids(cells)

    for given_id in {"a", "b"} & {cell[0] for cell in cells}:
        first = next(i for i, cell in enumerate(cells) if cell[0] == given_id)
        assert ids[first] == given_id


def test_a_derived_id_gives_way_to_one_in_the_file():
    (derived,) = derived_cell_ids([("", "code", "x")])

    ids = derived_cell_ids([("", "code", "x"), (derived, "code", "y")])

    assert ids == [f"{derived}-2", derived]
