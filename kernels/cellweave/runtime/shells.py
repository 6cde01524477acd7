"""How one cell is run: by IPython as ipykernel would run it, or by plain Python where it is absent.

Both run cells in a module that is `__main__`, inside a running event loop, and hand what is shown
to a journal. The IPython shell carries the class name and configuration section of ipykernel's, by
which libraries recognise a notebook.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import inspect
import linecache
import os
import sys
import traceback
import types
from typing import Any

from .journal import Journal

_INLINE = "module://matplotlib_inline.backend_inline"


class Outcome:
    """What became of a cell: its error, if any, and how that is shown."""

    def __init__(self, error: BaseException | None = None, shown: list[str] | None = None) -> None:
        self.error = error
        self.shown = shown or []


def _look_beside_the_notebook() -> None:
    """Import modules from the working directory, wherever that is by then, as a kernel does."""
    if "" not in sys.path:
        sys.path.insert(0, "")


class PlainShell:
    """Cells by `exec`: the value of a last expression is shown by `repr`, top-level await works."""

    def __init__(self, main: types.ModuleType, journal: Journal) -> None:
        self.namespace = vars(main)
        self.namespace.setdefault("__builtins__", builtins)
        self.journal = journal
        self.count = 0
        _look_beside_the_notebook()

    async def run(self, source: str, cell: str) -> Outcome:
        """Run one cell."""
        self.count += 1
        filename = f"<cell {cell}>"
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        try:
            body = ast.parse(source, filename)
            last = body.body.pop() if body.body and isinstance(body.body[-1], ast.Expr) else None
            await self._execute(compile(body, filename, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT))
            if isinstance(last, ast.Expr):
                shown = ast.Expression(last.value)
                flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
                value = await self._execute(compile(shown, filename, "eval", flags))
                if value is not None and not source.rstrip().endswith(";"):
                    self.namespace["_"] = value
                    data = {"text/plain": repr(value)}
                    self.journal.write("result", data=data, metadata={}, count=self.count)
        except BaseException as error:  # an interrupt and an exit end the cell like any error
            trace = error.__traceback__.tb_next if error.__traceback__ else None
            while trace is not None and trace.tb_frame.f_globals is globals():
                trace = trace.tb_next
            error.__traceback__ = trace
            render = getattr(error, "_render_traceback_", None)
            if render is not None:
                return Outcome(error, render())
            lines = traceback.format_exception(type(error), error, trace)
            return Outcome(error, "".join(lines).rstrip("\n").split("\n"))
        return Outcome()

    async def _execute(self, code: types.CodeType) -> Any:
        if code.co_flags & inspect.CO_COROUTINE:
            return await types.FunctionType(code, self.namespace)()
        return eval(code, self.namespace)  # noqa: S307 - running the user's cells is the job

    def close(self) -> None:
        """Nothing is held."""


class IPythonShell:
    """Cells by IPython's InteractiveShell, which has magics, rich display and its tracebacks."""

    def __init__(self, main: types.ModuleType, journal: Journal) -> None:
        os.environ.setdefault("MPLBACKEND", _INLINE)
        _look_beside_the_notebook()
        shell_class, config = _shell_class(journal)
        shell_class.clear_instance()
        self.shell = shell_class.instance(user_module=main, user_ns=vars(main), config=config)
        self.shell.shown = []
        self.kept_input = builtins.input
        builtins.input = _no_input

    @property
    def count(self) -> int:
        """The execution count of the cell that runs next, or while it runs, its own."""
        return int(self.shell.execution_count)

    async def run(self, source: str, cell: str) -> Outcome:
        """Run one cell the way ipykernel does: awaiting it only when it awaits."""
        shell = self.shell
        shell.shown = []
        options: dict[str, Any] = {"store_history": True, "silent": False}
        if _accepts_cell_id(shell.run_cell):
            options["cell_id"] = cell
        try:
            transformed, problem = shell.transform_cell(source), None
        except Exception:  # IPython shows the problem when it runs the cell
            transformed, problem = source, sys.exc_info()
        preprocessed = {"transformed_cell": transformed, "preprocessing_exc_tuple": problem}
        if shell.should_run_async(source, **preprocessed):
            result = None
            try:
                result = await shell.run_cell_async(source, **preprocessed, **options)
            finally:
                shell.events.trigger("post_execute")
                shell.events.trigger("post_run_cell", result)
        else:
            result = shell.run_cell(source, **options)
        await asyncio.sleep(0)
        error = result.error_before_exec or result.error_in_exec
        return Outcome(error, shell.shown)

    def close(self) -> None:
        """Give the process back without a shell."""
        builtins.input = self.kept_input
        type(self.shell).clear_instance()


def _no_input(prompt: object = "") -> str:
    from IPython.core.error import StdinNotImplementedError

    raise StdinNotImplementedError(
        f"input({prompt!r}) was called, but a workflow has nobody to answer"
    )


def _accepts_cell_id(function: Any) -> bool:
    parameters = inspect.signature(function).parameters
    return "cell_id" in parameters


def _shell_class(journal: Journal) -> tuple[Any, Any]:
    import tempfile
    import zlib

    from IPython.core.compilerop import CachingCompiler
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets import Type
    from traitlets.config import Config

    class Publisher(DisplayPublisher):  # type: ignore[misc, unused-ignore]
        def publish(
            self,
            data: dict[str, Any],
            metadata: dict[str, Any] | None = None,
            *_: Any,
            transient: dict[str, Any] | None = None,
            update: bool = False,
            **__: Any,
        ) -> None:
            sys.stdout.flush()
            sys.stderr.flush()
            journal.write(
                "update" if update else "display",
                data=_json_ready(data),
                metadata=metadata or {},
                id=(transient or {}).get("display_id", ""),
            )

        def clear_output(self, wait: Any = None) -> None:
            sys.stdout.flush()
            sys.stderr.flush()
            journal.write("clear", wait=bool(wait))

    class Hook(DisplayHook):  # type: ignore[misc, unused-ignore]
        def write_output_prompt(self) -> None:
            """A notebook has no prompt in its output."""

        def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
            sys.stdout.flush()
            sys.stderr.flush()
            journal.write(
                "result",
                data=_json_ready(format_dict),
                metadata=md_dict or {},
                count=self.prompt_count,
            )

        def finish_displayhook(self) -> None:
            """All is written."""

    class Compiler(CachingCompiler):  # type: ignore[misc, unused-ignore]
        def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
            del transformed_code, number
            folder = os.path.join(tempfile.gettempdir(), f"ipykernel_{os.getpid()}")
            return os.path.join(folder, f"{zlib.crc32(raw_code.encode('utf-8', 'replace'))}.py")

    class ZMQInteractiveShell(InteractiveShell):  # type: ignore[misc, unused-ignore]
        compiler_class = Type(Compiler)
        displayhook_class = Type(Hook)
        display_pub_class = Type(Publisher)
        shown: list[str] = []

        def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
            del etype, evalue
            self.shown = list(stb)

        def enable_gui(self, gui: Any = None) -> None:
            """There is no event loop to integrate."""

        def ask_exit(self) -> None:
            raise SystemExit("the cell asked the kernel to exit")

    config = Config()
    config.HistoryManager.enabled = False
    config.IPKernelApp = Config()
    return ZMQInteractiveShell, config


def _json_ready(data: dict[str, Any]) -> dict[str, Any]:
    """Mime data as a notebook stores them: pictures in base64."""
    import base64

    return {
        mime: base64.b64encode(item).decode() if isinstance(item, bytes) else item
        for mime, item in data.items()
    }
