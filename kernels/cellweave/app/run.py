"""A run on this machine: one task after the other, each in a process of its own.

Decides what runs when, and what a failure means for the others; starting processes is the
launcher's part (`launcher.py`), so a faster engine replaces only that. The record in the run's
folder is written at every change. Values between tasks are files; the notebook's own folder is the
working directory of every task, and nothing of cellweave is written there.
"""

from __future__ import annotations

import datetime
import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cellweave.app.build import build
from cellweave.app.failures import unwritable
from cellweave.app.graph import Graph
from cellweave.app.inputs import checked, to_source
from cellweave.app.interrupts import Interrupts
from cellweave.app.launcher import Job, Launcher, Outcome
from cellweave.app.merged import write_merged
from cellweave.app.outcomes import located
from cellweave.app.places import new_run_folder, new_run_id
from cellweave.app.prepare import prepare
from cellweave.app.record import GOOD, Record, Status, TaskError, TaskRun, overall
from cellweave.app.stored import stored_names
from cellweave.runtime.errors import NOT_READY, NOT_RETRYABLE, SUCCESS
from cellweave.workflow.canonical import version
from cellweave.workflow.model import Task, Workflow
from cellweave.workflow.order import tasks_in_order

Watch = Callable[[Record, str], None]
"""Called with the record after every change of the task named; with an empty name for the run."""

DEFAULT_ENGINE = "papermill"
_POLL_S = 0.2
_PAUSE_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""How long to wait before the first, second, … retry; the last goes on."""


def run(
    graph: Graph,
    *,
    inputs: Mapping[str, Any] | None = None,
    engine: str | None = None,
    output: Path | None = None,
    env: Mapping[str, str] | None = None,
    keep: bool = True,
    watch: Watch = lambda _record, _task: None,
) -> Record:
    """Run the whole workflow and give its record, whatever became of the tasks.

    `engine` overrides what cells ask for. `env` is added to the environment of every task. With
    `keep` values that no task takes are stored too, where they can be.
    Raises `WorkflowError` or `NotebookError` for a notebook with errors, and `UsageError` for
    inputs, an engine or a folder that will not do; nothing has run then.
    """
    graph.require_runnable()
    workflow = graph.workflow
    values = checked(inputs or {}, workflow.parameters)
    launchers = _launchers(workflow, engine)
    started = _now()
    run_id = new_run_id(started)
    folder = new_run_folder(run_id, output)
    bundle = build(graph, folder / "bundle")
    for task in workflow.tasks:
        prepare(
            bundle / "tasks" / f"{task.name}.ipynb",
            task,
            values=folder / "values",
            inputs=values,
            keep=keep,
        )
    record = Record(
        run=run_id,
        workflow=workflow.name,
        version=version(workflow),
        source=str(Path(graph.path).absolute()),
        engine=engine or DEFAULT_ENGINE,
        folder=str(folder),
        inputs={name: to_source(value) for name, value in values.items()},
        started=started.isoformat(),
        tasks={task.name: TaskRun() for task in workflow.tasks},
    )
    seed = str(secrets.randbelow(4294967295) + 1)
    driver = _Driver(
        graph=graph,
        record=record,
        launchers=launchers,
        env={"PYTHONHASHSEED": seed, **(env or {})},
        watch=watch,
    )
    try:
        driver.run()
    except OSError as error:
        raise unwritable(folder, error) from error
    return record


class _Driver:
    """The loop over the tasks of one run; it owns the record."""

    def __init__(
        self,
        *,
        graph: Graph,
        record: Record,
        launchers: Mapping[str, Launcher],
        env: Mapping[str, str],
        watch: Watch,
    ) -> None:
        self.graph = graph
        self.record = record
        self.launchers = launchers
        self.env = env
        self.watch = watch
        self.folder = Path(record.folder)

    def run(self) -> None:
        """Run what can run; Ctrl-C, SIGTERM and SIGHUP cancel and leave no process behind."""
        workflow = self.graph.workflow
        tasks = {task.name: task for task in workflow.tasks}
        needs = _upstream(workflow)
        self.record.status = "running"
        self.changed("")
        with Interrupts() as interrupts:
            for name in tasks_in_order(workflow):
                entry = self.record.tasks[name]
                held = held_back(needs[name], {k: t.status for k, t in self.record.tasks.items()})
                if interrupts.seen:
                    entry.status = "cancelled"
                elif held is not None:
                    entry.status = held
                else:
                    self.task(tasks[name], interrupts)
                self.changed(name)
            self.record.status = overall(self.record.tasks)
            self.record.ended = _now().isoformat()
            merged = self.folder / (Path(self.record.source).stem + ".ipynb")
            if write_merged(self.graph, self.record, merged):
                self.record.notebook = str(merged)
            self.changed("")

    def task(self, task: Task, interrupts: Interrupts) -> None:
        """Run one task, again and again as its `retries` allow."""
        entry = self.record.tasks[task.name]
        retries = int(task.options.get("retries", 0))
        begun = time.monotonic()
        while True:
            entry.status = "running"
            entry.attempts += 1
            entry.error = None
            self.changed(task.name)
            exit_code = self.attempt(task, entry, interrupts)
            entry.seconds = round(time.monotonic() - begun, 3)
            again = (
                self.record.tasks[task.name].status in ("failed", "timed-out")
                and exit_code != NOT_RETRYABLE
            )
            if not again or entry.attempts > retries:
                return
            entry.status = "retrying"
            self.changed(task.name)
            if interrupts.wait(_PAUSE_S[min(entry.attempts, len(_PAUSE_S)) - 1]):
                entry.status = "cancelled"
                return

    def attempt(self, task: Task, entry: TaskRun, interrupts: Interrupts) -> int | None:
        """Run one attempt to its end, its timeout, or an interrupt; give its exit code if any."""
        launcher = self.launchers[task.name]
        job = self.job(task)
        timeout_s = float(task.options.get("timeout", 0.0)) or None
        begun = time.monotonic()
        running = launcher.start(job)
        outcome: Outcome | None = None
        try:
            while outcome is None:
                outcome = running.wait(_POLL_S)
                if outcome is not None:
                    break
                late = timeout_s is not None and time.monotonic() - begun > timeout_s
                if interrupts.seen:
                    entry.status = "cancelled"
                    break
                if late:
                    entry.status = "timed-out"
                    entry.error = TaskError(
                        type="Timeout",
                        message=f"it took longer than its timeout of {timeout_s:g} s",
                        code="task-timed-out",
                        cell=task.cells[-1],
                    )
                    break
        finally:
            if outcome is None:
                running.stop()
        if outcome is not None:
            entry.status = _status(outcome)
            if outcome.error is not None:
                entry.error = located(outcome.error, task, job.executed)
        if job.executed.exists():
            entry.notebook = str(job.executed)
        if entry.status in GOOD:
            entry.outputs = stored_names(self.folder, task.name)
        return None if outcome is None else outcome.exit_code

    def job(self, task: Task) -> Job:
        """Say what a launcher needs to know of a task."""
        return Job(
            task=task.name,
            notebook=self.folder / "bundle" / "tasks" / f"{task.name}.ipynb",
            executed=self.folder / "tasks" / f"{task.name}.ipynb",
            journal=self.folder / "journals" / f"{task.name}.jsonl",
            log=self.folder / "logs" / f"{task.name}.log",
            workdir=Path(self.record.source).parent,
            values=self.folder / "values",
            env={**self.env, **task.options.get("env", {})},
        )

    def changed(self, task: str) -> None:
        """Keep the record on disk and whoever watches up to date."""
        self.record.write()
        self.watch(self.record, task)


def held_back(needs: tuple[str, ...], statuses: Mapping[str, Status]) -> Status | None:
    """Say what becomes of a task by the tasks it waits for: None when it can run.

    One that only waits for a task that is not ready waits too; otherwise it is skipped, or
    cancelled with the run.
    """
    bad = {statuses[name] for name in needs if statuses[name] not in GOOD}
    if not bad:
        return None
    if bad == {"cancelled"}:
        return "cancelled"
    return "waiting" if bad == {"waiting"} else "skipped"


def _status(outcome: Outcome) -> Status:
    if outcome.exit_code == SUCCESS:
        return "succeeded"
    return "waiting" if outcome.exit_code == NOT_READY else "failed"


def _upstream(workflow: Workflow) -> dict[str, tuple[str, ...]]:
    needs: dict[str, dict[str, None]] = {task.name: {} for task in workflow.tasks}
    for edge in workflow.edges:
        needs[edge.target][edge.source] = None
    return {name: tuple(sources) for name, sources in needs.items()}


def _launchers(workflow: Workflow, engine: str | None) -> dict[str, Launcher]:
    """Give each task its launcher, once each is known to be installed."""
    from cellweave.app.engines import launcher

    chosen = {
        task.name: engine or str(task.options.get("engine", DEFAULT_ENGINE))
        for task in workflow.tasks
    }
    made = {name: launcher(name) for name in dict.fromkeys(chosen.values())}
    for one in made.values():
        one.require()
    return {task: made[name] for task, name in chosen.items()}


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
