"""The printed text that each case calls right is what a plain run prints."""

from __future__ import annotations

from collections import defaultdict

import plain
from cases import cases


def test_every_case_prints_in_a_plain_run_what_it_says() -> None:
    all_cases = cases()

    texts = plain.run([case.cells for case in all_cases])

    wrong = {}
    for case, said in zip(all_cases, texts, strict=True):
        by_task: dict[str, str] = defaultdict(str)
        for cell, text in zip(case.cells, said, strict=True):
            options = plain.options(cell["source"])
            if "task" in options and options.get("skip") != "true":
                by_task[options["task"]] += text
        if dict(by_task) != case.stdout:
            wrong[case.name] = dict(by_task)
    assert not wrong


def test_every_case_is_named_after_its_file_and_its_tasks_exist() -> None:
    from cases import FOLDER

    for case in cases():
        tasks = {plain.options(cell["source"]).get("task") for cell in case.cells}
        assert (FOLDER / f"{case.name}.json").exists()
        assert {t for a, b, _ in case.edges for t in (a, b)} <= tasks
        assert {t for pair in case.order for t in pair} <= tasks
