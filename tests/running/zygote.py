"""A process that imports once and forks for each task, so that thousands of task runs are cheap.

Reads one JSON request a line from standard input, `{"argv", "cwd", "env", "log"}`, forks, and in
the child runs `python -m cellweave.runtime` with that `argv`; answers `{"exit": code}`. The child
is a process of its own, as a task is: only what was preloaded is there already. Names of modules
to preload are this script's arguments.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import random
import runpy
import sys
import traceback
import types
import warnings


def task(request: dict[str, object]) -> int:
    """Be the task's process: what `python -m cellweave.runtime` would do."""
    log = os.open(str(request["log"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - for the life of the task
    os.environ.update(request["env"])  # type: ignore[arg-type]
    os.chdir(str(request["cwd"]))
    sys.argv = ["cellweave.runtime", *request["argv"]]  # type: ignore[misc]
    reseed()
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        runpy.run_module("cellweave.runtime", run_name="__main__", alter_sys=False)
    except SystemExit as end:
        code = end.code
        return code if isinstance(code, int) else 0 if code is None else 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def reseed() -> None:
    """Give the generators a state of their own, as a new process has it."""
    random.seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()


def main() -> None:
    """Answer requests until standard input ends."""
    warnings.simplefilter("ignore")
    runtime = importlib.import_module("cellweave.runtime")
    parts = [f"cellweave.runtime.{found.name}" for found in pkgutil.iter_modules(runtime.__path__)]
    for name in ("asyncio", "runpy", *parts, *sys.argv[1:]):
        if name.endswith(".__main__"):
            continue
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    gc.freeze()
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = task(request)
                with contextlib.suppress(Exception):
                    sys.stdout.flush()
                    sys.stderr.flush()
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        print(json.dumps({"exit": os.waitstatus_to_exitcode(status)}), flush=True)


if __name__ == "__main__":
    main()
