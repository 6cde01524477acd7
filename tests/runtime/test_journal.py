from __future__ import annotations

from pathlib import Path
from typing import Any

from cellweave.runtime.journal import Journal, read, render
from tests.runtime.tasks import book, code

BOOK = book(code("1", "a"), code("2", "b"))


def rendered(*events: dict[str, Any]) -> dict[str, Any]:
    return render(BOOK, events)


def start(cell: str, count: int = 1) -> dict[str, Any]:
    return {"event": "cell-start", "cell": cell, "count": count}


def end(cell: str, status: str = "succeeded") -> dict[str, Any]:
    return {"event": "cell-end", "cell": cell, "status": status, "seconds": 0.1}


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"event": "stream", "name": name, "text": text}


def display(text: str, **more: Any) -> dict[str, Any]:
    return {"event": "display", "data": {"text/plain": text}, "metadata": {}, "id": "", **more}


def test_streams_of_one_name_join_and_results_keep_their_place():
    result = {"event": "result", "data": {"text/plain": "3"}, "metadata": {}, "count": 1}

    made = rendered(
        start("a"), stream("x\n"), stream("y\n"), stream("!", "stderr"), result, end("a")
    )

    cell = made["cells"][0]
    assert [output["output_type"] for output in cell["outputs"]] == [
        "stream",
        "stream",
        "execute_result",
    ]
    assert cell["outputs"][0]["text"] == "x\ny\n"
    assert cell["execution_count"] == 1
    assert cell["metadata"]["cellweave"] == {"status": "succeeded", "seconds": 0.1}
    assert made["cells"][1]["metadata"]["cellweave"]["status"] == "idle"


def test_cleared_output_goes_at_once_or_with_the_next():
    at_once = rendered(start("a"), stream("x"), {"event": "clear", "wait": False})
    waiting = rendered(start("a"), stream("x"), {"event": "clear", "wait": True})
    replaced = rendered(start("a"), stream("x"), {"event": "clear", "wait": True}, stream("y"))

    assert at_once["cells"][0]["outputs"] == []
    assert waiting["cells"][0]["outputs"][0]["text"] == "x"
    assert [output["text"] for output in replaced["cells"][0]["outputs"]] == ["y"]


def test_an_updated_display_changes_where_it_was_shown():
    update = display("new", id="d")
    update["event"] = "update"

    made = rendered(start("a"), display("old", id="d"), end("a"), start("b", 2), update, end("b"))

    assert made["cells"][0]["outputs"][0]["data"] == {"text/plain": "new"}
    assert made["cells"][1]["outputs"] == []


def test_a_journal_that_stops_in_a_cell_tells_of_a_lost_run():
    made = rendered(start("a"), stream("so far\n"))

    assert made["metadata"]["cellweave"]["execution"]["status"] == "lost"
    assert made["cells"][0]["outputs"][0]["text"] == "so far\n"
    assert made["cells"][0]["metadata"]["cellweave"]["status"] == "running"


def test_a_line_that_was_cut_off_is_left_out(tmp_path: Path):
    path = tmp_path / "run.journal"
    journal = Journal(path)
    journal.write("stream", name="stdout", text="\udc80 odd")
    journal.close()
    with path.open("ab") as file:
        file.write(b'{"event": "str')

    assert [event["event"] for event in read(path)] == ["stream"]
