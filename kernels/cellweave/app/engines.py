"""The launchers there are: stock papermill, and the executor of cellweave without papermill.

Both run the same task notebook of the bundle in a process of its own, with the interpreter that
cellweave itself runs in.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Callable, Mapping

from cellweave._base.files import write_atomic
from cellweave.app.failures import engine_missing
from cellweave.app.launcher import Job, Launcher, Outcome
from cellweave.app.outcomes import outcome
from cellweave.app.processes import Child

KERNEL = "python3"


def launcher(name: str) -> Launcher:
    """Give the launcher of this name; `KeyError` for none."""
    return LAUNCHERS[name]()


class Papermill:
    """`python -m papermill`, its stock engine and an ordinary kernel."""

    name = "papermill"

    def require(self) -> None:
        """Ask for papermill and the kernel it starts."""
        for module in ("papermill", "ipykernel"):
            if importlib.util.find_spec(module) is None:
                raise engine_missing(self.name, module)

    def start(self, job: Job) -> Started:
        """Start papermill on the task notebook."""
        command = [sys.executable, "-m", "papermill", str(job.notebook), str(job.executed)]
        command += ["-k", KERNEL, "--no-progress-bar", "--log-level", "ERROR"]
        return Started(job, command, {"JUPYTER_PATH": _kernelspec(job)})


class Direct:
    """`python -m cellweave.runtime`: the one executor, which also works without IPython."""

    name = "direct"

    def require(self) -> None:
        """It is part of cellweave."""

    def start(self, job: Job) -> Started:
        """Start the executor on the task notebook."""
        command = [sys.executable, "-P", "-m", "cellweave.runtime"]
        command += [str(job.notebook), str(job.executed), "--journal", str(job.journal)]
        return Journalled(job, command, {})


class Started:
    """An attempt under way in a child process."""

    def __init__(self, job: Job, command: list[str], env: Mapping[str, str]) -> None:
        self._job = job
        (job.values / job.task / "failure.json").unlink(missing_ok=True)
        job.executed.unlink(missing_ok=True)
        self._child = Child(
            command,
            env={**os.environ, **job.env, **env},
            cwd=job.workdir,
            log=job.log,
        )

    def wait(self, timeout_s: float) -> Outcome | None:
        """Give the outcome when the process has ended."""
        exit_code = self._child.wait(timeout_s)
        if exit_code is None:
            return None
        if exit_code:
            self._child.sweep()
        return outcome(self._job, exit_code)

    def stop(self) -> None:
        """End the process with all that it started."""
        self._child.stop()


class Journalled(Started):
    """An attempt whose journal tells what it did, also when it was killed."""

    def wait(self, timeout_s: float) -> Outcome | None:
        """Give the outcome when the process has ended, and its notebook, come what may."""
        found = super().wait(timeout_s)
        if found is not None and found.exit_code:
            self._render()
        return found

    def stop(self) -> None:
        """End the process with all that it started."""
        super().stop()
        self._render()

    def _render(self) -> None:
        from cellweave.runtime.journal import read, render

        if self._job.executed.exists() or not self._job.journal.exists():
            return
        notebook = render(json.loads(self._job.notebook.read_bytes()), read(self._job.journal))
        write_atomic(self._job.executed, json.dumps(notebook, indent=1).encode())


LAUNCHERS: dict[str, Callable[[], Launcher]] = {"papermill": Papermill, "direct": Direct}


def _kernelspec(job: Job) -> str:
    """Make `python3` mean this interpreter, whatever kernels the user has installed.

    Gives a `JUPYTER_PATH` whose first entry, in the folder of the run, has that kernel.
    """
    root = job.values.parent / "jupyter"
    spec = root / "kernels" / KERNEL / "kernel.json"
    if not spec.exists():
        spec.parent.mkdir(parents=True, exist_ok=True)
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        content = {"argv": argv, "display_name": "Python 3 (ipykernel)", "language": "python"}
        spec.write_text(json.dumps(content), encoding="utf-8")
    before = os.environ.get("JUPYTER_PATH")
    return os.pathsep.join([str(root), *([before] if before else [])])
