"""The table with a memory equals a plain list of writes."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from cellweave.dataflow.versions import Versions

KEYS = st.sampled_from("ab")
CELLS = 6
POSITIONS = st.integers(0, CELLS - 1)


def written(*writes: tuple[int, str]) -> Versions[str, str]:
    table: Versions[str, str] = Versions()
    for position, value in writes:
        table.write("x", position, value)
    return table


def test_a_cell_reads_what_the_last_cell_above_it_left():
    table = written((1, "one"), (4, "four"))

    assert [table.read("x", p) for p in range(6)] == [None, None, "one", "one", "one", "four"]


def test_a_cell_does_not_read_what_it_writes_itself():
    assert written((2, "two")).read("x", 2) is None


def test_cells_may_be_written_in_any_order():
    assert written((4, "four"), (1, "one")).read("x", 3) == "one"


def test_the_writer_is_told_beside_the_value():
    table = written((1, "one"), (4, "four"))

    assert [table.writer("x", p) for p in (1, 2, 5)] == [None, 1, 4]


def test_writing_the_same_again_changes_nothing():
    table = written((1, "one"))

    assert table.write("x", 1, "one") is False
    assert table.write("x", 1, "two") is True


def test_what_is_erased_shows_the_version_before_it():
    table = written((1, "one"), (4, "four"))

    table.erase("x", 4)

    assert table.read("x", 5) == "one"


def test_readers_of_a_version_end_at_the_next_writer_which_counts_as_one():
    table = written((1, "one"), (4, "four"))
    for position in (0, 1, 2, 4, 5):
        table.note_reader("x", position)

    assert sorted(table.readers_after("x", 1)) == [2, 4]


def test_a_reader_that_no_longer_reads_is_not_told():
    table = written((1, "one"))
    table.note_reader("x", 3)
    table.drop_reader("x", 3)

    assert table.readers_after("x", 1) == []


class AgainstAList(RuleBasedStateMachine):
    """Every operation on the table and on `{(key, position): value}`, compared everywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.table: Versions[str, int] = Versions()
        self.writes: dict[tuple[str, int], int] = {}
        self.readers: set[tuple[str, int]] = set()

    def above(self, key: str, position: int) -> list[int]:
        return sorted(p for k, p in self.writes if k == key and p < position)

    @rule(key=KEYS, position=POSITIONS, value=st.integers(0, 2))
    def write(self, key: str, position: int, value: int) -> None:
        changes = self.writes.get((key, position)) != value

        assert self.table.write(key, position, value) is changes

        self.writes[key, position] = value

    @precondition(lambda self: self.writes)
    @rule(data=st.data())
    def erase(self, data: st.DataObject) -> None:
        key, position = data.draw(st.sampled_from(sorted(self.writes)))
        del self.writes[key, position]
        self.table.erase(key, position)

    @rule(key=KEYS, position=POSITIONS)
    def note(self, key: str, position: int) -> None:
        self.readers.add((key, position))
        self.table.note_reader(key, position)

    @precondition(lambda self: self.readers)
    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        key, position = data.draw(st.sampled_from(sorted(self.readers)))
        self.readers.discard((key, position))
        self.table.drop_reader(key, position)

    @invariant()
    def every_read_is_that_of_the_list(self) -> None:
        for key in "ab":
            for position in range(CELLS + 1):
                above = self.above(key, position)
                last = above[-1] if above else None
                value = None if last is None else self.writes[key, last]

                assert self.table.writer(key, position) == last
                assert self.table.read(key, position) == value

    @invariant()
    def the_readers_told_are_those_whose_value_comes_from_there(self) -> None:
        for key, position in self.writes:
            told = self.table.readers_after(key, position)

            assert sorted(told) == sorted(
                r for k, r in self.readers if k == key and self.above(key, r)[-1:] == [position]
            )


AgainstAList.TestCase.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, derandomize=True, database=None
)
test_it_equals_a_plain_list_of_writes = AgainstAList.TestCase
