"""What a person sees of a run."""

from __future__ import annotations

import pytest

from cellweave.app.record import ENDED, Record, TaskError, TaskRun
from cellweave.cli.output import Output
from cellweave.cli.progress import LOOKS, Progress, _window, look, summary


def record(**tasks: TaskRun) -> Record:
    return Record(
        run="r1",
        status="failed",
        workflow="nb",
        version="v",
        source="/x/nb.ipynb",
        engine="direct",
        folder="/runs/r1",
        tasks=tasks,
    )


def text(lines) -> str:
    return "".join("".join(part for part, _ in line) + "\n" for line in lines)


@pytest.mark.parametrize(
    "status", [*sorted(ENDED), "idle", "queued", "waiting", "running", "retrying"]
)
def test_every_status_has_a_sign_of_its_own_in_both_alphabets(status):
    sign, _ = look(status, unicode=True)
    plain, _ = look(status, unicode=False)

    assert len(sign) == len(plain) == 1
    assert plain.isascii()
    assert status in LOOKS


def test_each_change_is_a_line_where_nobody_looks_at_a_terminal(capsys):
    run = record(fit=TaskRun(status="running"))

    with Progress(Output()) as progress:
        progress.changed(run, "fit")
        run.tasks["fit"].status = "succeeded"
        run.tasks["fit"].seconds = 1.25
        progress.changed(run, "fit")
        progress.changed(run, "")

    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("fit  running")
    assert second.endswith("fit  succeeded in 1.2 s")


def test_nothing_is_printed_when_json_is_asked_for(capsys):
    with Progress(Output(as_json=True), quiet=True) as progress:
        progress.changed(record(fit=TaskRun(status="running")), "fit")

    assert capsys.readouterr().out == ""


def test_the_summary_names_file_cell_line_and_help():
    error = TaskError(
        type="RuntimeFailure",
        message="`rows` was changed",
        code="hidden-mutation",
        cell="c2",
        line=4,
        name="rows",
        help="add `#| writes: rows`",
    )
    run = record(
        fit=TaskRun(status="failed", error=error), last=TaskRun(status="skipped"), free=TaskRun()
    )

    shown = text(summary(run, "/x/nb.ipynb"))

    assert "nb.ipynb:c2:4 error[hidden-mutation] task fit: `rows` was changed" in shown
    assert "  help: add `#| writes: rows`" in shown
    assert "1 failed, 1 skipped" in shown
    assert "/runs/r1" in shown


def test_a_long_table_shows_what_runs():
    names = [f"t{n}" for n in range(100)]

    assert _window(names, ["t50"], 10) == names[45:55]
    assert _window(names, [], 10) == names[:10]
    assert _window(names, ["t99"], 10) == names[90:]
    assert _window(names[:3], ["t1"], 10) == names[:3]
