"""Files and environment variables that calls and items name: `open`, `pathlib`, `os.environ`.

Decides which names are used and how. Never looks at the file system or at the real environment.
"""

from __future__ import annotations

import ast
from typing import Any, Final

from cellweave.dataflow.calls import Calls
from cellweave.dataflow.heap import (
    NOTHING,
    Value,
)

ENVIRON = "os.environ"
READING: Final = frozenset({"read_text", "read_bytes"})
WRITING: Final = frozenset(
    {"write_text", "write_bytes", "touch", "unlink", "rename", "rmdir", "mkdir"}
)


class Outside(Calls):
    """Uses of files and of the environment that no table row describes."""

    def on_open(self, node: ast.Call) -> Value | None:
        for arg in node.args:
            self.evaluate(arg)
        mode: Any = "r"
        given = (
            node.args[1]
            if len(node.args) > 1
            else next((k.value for k in node.keywords if k.arg == "mode"), None)
        )
        if given is not None:
            mode = self.constant(given)
        name = self.constant(node.args[0]) if node.args else None
        self.use_file(name, mode)
        return self.new("_io.TextIOWrapper", handle="an open file")

    def use_file(self, name: Any, mode: Any) -> None:
        known = name if isinstance(name, str) else ""
        if isinstance(name, int) and not isinstance(name, bool):
            return
        if not isinstance(mode, str):
            mode = "w"
        if "r" in mode:
            self.file(known, write=False)
        if any(letter in mode for letter in "wax+"):
            self.file(known, write=True)

    def path_method(self, func: ast.Attribute, node: ast.Call) -> Value | None:
        if func.attr not in READING and func.attr not in WRITING and func.attr != "open":
            return None
        name = self.constant(func.value)
        if func.attr in READING or func.attr in ("write_text", "write_bytes"):
            self.file(name if isinstance(name, str) else "", write=func.attr not in READING)
            return NOTHING
        if not isinstance(name, str) or isinstance(func.value, ast.Constant):
            return None
        if func.attr == "open":
            mode = self.constant(node.args[0]) if node.args else "r"
            self.use_file(name, mode)
            return self.new("_io.TextIOWrapper", handle="an open file")
        self.file(name, write=True)
        return NOTHING

    def is_environ(self, owner: Value) -> bool:
        return any(obj.kind == "lib" and obj.type == ENVIRON for obj in owner)

    def read_environ(self, key: ast.expr) -> None:
        self.channel(self.environment(key), "read", "the environment is read")

    def environ_method(self, name: str, node: ast.Call) -> Value:
        channel = self.environment(node.args[0] if node.args else None)
        if name in ("get", "__getitem__"):
            self.channel(channel, "read", "the environment is read")
        elif name in ("setdefault", "pop"):
            self.channel(channel, "draw", f"the environment is changed by .{name}()")
        elif name == "update":
            keys = [k.arg for k in node.keywords if k.arg]
            if node.args and isinstance(node.args[0], ast.Dict):
                given = (k.value for k in node.args[0].keys if isinstance(k, ast.Constant))
                keys[:0] = (str(key) for key in given)
            for item in keys or ["*"]:
                self.channel(f"~env:{item}", "write", "the environment is set by .update()")
        else:
            self.channel("~env:*", "read", "the environment is read")
            return self.new("builtins.dict") if name == "copy" else NOTHING
        return NOTHING
