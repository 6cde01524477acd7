from __future__ import annotations

from typing import Any

from cellweave.runtime.merged import merge
from tests.runtime.tasks import book, code


def ran(cell: dict[str, Any], count: int, *outputs: dict[str, Any], status: str = "succeeded"):
    cell["execution_count"] = count
    cell["outputs"] = list(outputs)
    cell["metadata"]["cellweave"] = {"role": "cell", "status": status}
    return cell


def result(text: str, count: int) -> dict[str, Any]:
    return {
        "output_type": "execute_result",
        "data": {"text/plain": text},
        "metadata": {},
        "execution_count": count,
    }


def test_the_users_notebook_gets_the_outputs_in_its_own_order_and_counts():
    user = book(code("import os", "s"), code("1", "a"), code("2", "b"), code("3", "c"))
    user["cells"].insert(1, {"cell_type": "markdown", "id": "m", "metadata": {}, "source": "# One"})
    one = book(code("begin", "x", role="check"), ran(code("1", "a"), 4, result("1", 4)))
    error = {
        "output_type": "error",
        "ename": "E",
        "evalue": "",
        "traceback": ["Cell In[5], line 1", "Cell In[9], line 1"],
    }
    two = book(ran(code("2", "b"), 5, error, status="failed"), code("3", "c", role="cell"))

    merged = merge(user, {"one": one, "two": two}, {"one": "succeeded", "two": "failed"})

    assert [cell["id"] for cell in merged["cells"]] == ["s", "m", "a", "b", "c"]
    setup, _, a, b, c = merged["cells"]
    assert [cell["execution_count"] for cell in (setup, a, b, c)] == [1, 2, 3, None]
    assert a["outputs"][0]["execution_count"] == 2
    assert b["outputs"][0]["traceback"] == ["Cell In[3], line 1", "Cell In[9], line 1"]
    assert [cell["metadata"]["cellweave"]["status"] for cell in (setup, a, b, c)] == [
        "succeeded",
        "succeeded",
        "failed",
        "skipped",
    ]
    assert user["cells"][2]["outputs"] == []


def test_outputs_of_stock_papermill_tell_the_status_themselves():
    user = book(code("1", "a"), code("2", "b"))
    cell = ran(code("1", "a"), 3, result("1", 3))
    del cell["metadata"]["cellweave"]["status"]

    merged = merge(user, {"one": book(cell, code("2", "b", role="cell"))})

    assert [cell["metadata"]["cellweave"]["status"] for cell in merged["cells"]] == [
        "succeeded",
        "skipped",
    ]
