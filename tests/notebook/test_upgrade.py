import pytest

from cellweave.notebook.upgrade import upgraded


@pytest.mark.parametrize(
    ("level", "source"), [(1, "# A b"), (6, "###### A b"), (9, "###### A b"), (None, "# A b")]
)
def test_a_heading_becomes_markdown(level, source):
    old = {"cells": [{"cell_type": "heading", "level": level, "source": ["A\n", "b"]}]}

    assert upgraded(old)["cells"] == [{"cell_type": "markdown", "metadata": {}, "source": source}]


def test_all_worksheets_are_read_in_order():
    sheets = [{"cells": [{"cell_type": "code", "input": text}]} for text in "ab"]

    assert [c["source"] for c in upgraded({"worksheets": sheets})["cells"]] == ["a", "b"]


@pytest.mark.parametrize(
    "old",
    [
        {},
        {"worksheets": 3, "cells": None},
        {"worksheets": [3]},
        {"metadata": 3},
        {"worksheets": [{"cells": [3]}]},
    ],
)
def test_damage_gives_a_notebook_without_cells(old):
    assert upgraded(old)["cells"] == []
