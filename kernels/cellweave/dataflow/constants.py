"""Which expressions are constant here: strings, numbers, paths, and the names of library functions.

File names, channels and keyword options depend on them. Evaluates nothing, reads no name on
record: what is not plainly constant is not constant.
"""

from __future__ import annotations

import ast
from typing import Any, Final

from cellweave.dataflow.naming import Naming

PATHS: Final = frozenset(
    {
        "builtins.str",
        "os.fspath",
        "os.path.expanduser",
        "os.path.join",
        "pathlib.Path",
        "pathlib.PosixPath",
        "pathlib.PurePath",
        "posixpath.join",
    }
)
"""Calls that join their arguments into a path, or leave their one argument what it is."""


class Constants(Naming):
    """Expressions whose value is known before the run."""

    def constant(self, node: ast.expr | None) -> Any:
        """The value of an expression that is constant here, else `None`."""
        if node is None:
            return None
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            local = self.local(node.id)
            if local is not None:
                return local.const
            binding = self.current(node.id)
            return binding.const if binding is not None and not binding.weak else None
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Div):
            left, right = self.constant(node.left), self.constant(node.right)
            if isinstance(left, str) and isinstance(right, str):
                if isinstance(node.op, ast.Add):
                    return left + right
                return f"{left.rstrip('/')}/{right}"
            return None
        if isinstance(node, ast.JoinedStr):
            return self.formatted(node)
        if isinstance(node, ast.Call):
            return self.path(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            number = self.constant(node.operand)
            return -number if isinstance(number, int | float) else None
        return None

    def formatted(self, node: ast.JoinedStr) -> str | None:
        """`f"{folder}/x.csv"`, where all its parts are constant."""
        parts: list[str] = []
        for item in node.values:
            if isinstance(item, ast.FormattedValue):
                part = self.constant(item.value)
                if part is None or item.format_spec is not None or item.conversion != -1:
                    return None
                parts.append(str(part))
            else:
                parts.append(str(self.constant(item)))
        return "".join(parts)

    def path(self, node: ast.Call) -> str | None:
        """`os.path.join(folder, "x.csv")` and the like, where all arguments are constant."""
        if self.qualified(node.func) not in PATHS:
            return None
        given = [self.constant(arg) for arg in node.args]
        if not given or not all(isinstance(part, str) for part in given):
            return None
        return "/".join([*(part.rstrip("/") for part in given[:-1]), given[-1]])

    def constant_or(self, node: ast.expr) -> Any:
        """The constant that an expression is, or `...` where it is none."""
        if isinstance(node, ast.Constant):
            return node.value
        known = self.constant(node)
        return ... if known is None else known

    def qualified(self, node: ast.expr) -> str:
        """The qualified library name that an expression spells, or ""."""
        if isinstance(node, ast.Name):
            if self.local(node.id) is not None:
                return ""
            binding = self.current(node.id)
            if binding is None:
                return f"builtins.{node.id}"
            for obj in binding.value:
                if obj.kind in ("module", "lib"):
                    return obj.type
            return ""
        if isinstance(node, ast.Attribute):
            owner = self.qualified(node.value)
            return f"{owner}.{node.attr}" if owner and not owner.startswith("builtins.") else ""
        return ""

    def environment(self, node: ast.expr | None) -> str:
        """The channel of the environment variable that an expression names."""
        name = self.constant(node)
        return f"~env:{name}" if isinstance(name, str) else "~env:*"

    def named_global(self, node: ast.Subscript) -> str | None:
        """The global variable that `globals()["x"]` means."""
        spelled = self.namespace(node.value)
        if not spelled or (spelled == "locals" and self.scope is not None):
            return None
        name = self.constant(node.slice)
        return name if isinstance(name, str) else None

    def namespace(self, node: ast.expr) -> str:
        """`globals` or `locals`, where an expression is a call of it."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return node.func.id if node.func.id in ("globals", "locals") else ""
        return ""
