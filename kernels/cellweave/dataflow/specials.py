"""Builtins whose meaning the tables cannot hold: `exec`, `getattr`, `map`, `namedtuple`, …

With them `Interpreter` is whole: the abstract interpreter of one cell.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, Final

from cellweave.dataflow.callables import Arguments, Class
from cellweave.dataflow.heap import (
    ELEMENTS,
    GENERATOR,
    NOTHING,
    Value,
)
from cellweave.dataflow.magics import Magics
from cellweave.dataflow.source import CELL_MAGIC, MAGIC, SHELL, parse


class Interpreter(Magics):
    """The whole abstract interpreter of one cell."""

    def special(self, name: str, node: ast.Call) -> Value | None:
        handler = HANDLERS.get(name)
        if handler is None:
            return None
        if not name.startswith("__") and self.qualified(node.func) not in (
            f"builtins.{name}",
            f"collections.{name}",
        ):
            return None
        if name == "namedtuple":
            self.lookup(name)
        return handler(self, node)

    def on_exec(self, node: ast.Call) -> Value | None:
        for arg in node.args:
            self.evaluate(arg)
        code = self.constant(node.args[0]) if node.args else None
        if isinstance(code, str) and len(node.args) == 1:
            parsed = parse(code)
            if not parsed.error:
                line, depth, lines = self.line, self.call_depth, self.lines
                self.call_depth += 1
                self.lines = code.split("\n")
                self.run(parsed.body)
                self.call_depth, self.lines = depth, lines
                self.line = line
                return NOTHING
        if len(node.args) > 1:
            self.mutate(self.evaluate(node.args[1]), "changed in place by exec()", possible=True)
            if not self.namespace(node.args[1]):
                return NOTHING
        self.make_opaque("`exec()` runs code that is not known before the run")
        return NOTHING

    def on_eval(self, node: ast.Call) -> Value | None:
        for arg in node.args:
            self.evaluate(arg)
        code = self.constant(node.args[0]) if node.args else None
        if isinstance(code, str) and len(node.args) == 1:
            parsed = parse(code.strip())
            if not parsed.error and len(parsed.body) == 1 and isinstance(parsed.body[0], ast.Expr):
                self.call_depth += 1
                value = self.evaluate(parsed.body[0].value)
                self.call_depth -= 1
                return value
        self.make_opaque("`eval()` runs code that is not known before the run")
        return self.new()

    def on_globals(self, node: ast.Call) -> Value | None:
        if self.scope is not None and isinstance(node.func, ast.Name) and node.func.id != "globals":
            return self.new("builtins.dict")
        if node.args:
            return self.evaluate(node.args[0])
        self.make_opaque("it reaches every name through the namespace itself")
        return self.new()

    def on_setattr(self, node: ast.Call) -> Value | None:
        values = [self.evaluate(arg) for arg in node.args]
        if len(values) == 3:
            name = self.constant(node.args[1])
            self.set_attribute(
                values[0], name if isinstance(name, str) else ELEMENTS, values[2], "setattr()"
            )
        return NOTHING

    def on_delattr(self, node: ast.Call) -> Value | None:
        values = [self.evaluate(arg) for arg in node.args]
        if values:
            self.mutate(values[0], "changed in place by delattr()")
        return NOTHING

    def on_getattr(self, node: ast.Call) -> Value | None:
        values = [self.evaluate(arg) for arg in node.args]
        if len(values) < 2:
            return NOTHING
        name = self.constant(node.args[1])
        default = values[2] if len(values) > 2 else NOTHING
        if isinstance(name, str):
            return self.attribute(values[0], name) | default
        out = values[0] | default
        for obj in values[0]:
            out |= self.held(obj)
            for cls in [self.class_of(obj)] if obj.kind == "inst" else []:
                if cls is not None:
                    for owner in self.mro(cls):
                        for func in self.held(owner):
                            out |= {self.bound_method(func, obj)} if func.kind == "func" else {func}
        return out

    def on_id(self, node: ast.Call) -> Value | None:
        for arg in node.args:
            value = self.evaluate(arg)
            if value:
                self.compared.append((value, self.line))
        return NOTHING

    def on_type(self, node: ast.Call) -> Value | None:
        values = [self.evaluate(arg) for arg in node.args]
        if len(values) != 1:
            return None
        out = NOTHING
        for obj in values[0]:
            cls = self.class_of(obj) if obj.kind == "inst" else None
            if cls is not None:
                out |= {cls}
        return out

    def on_print(self, node: ast.Call) -> Value | None:
        args = self.arguments(node)
        self.show(args.all())
        stream = args.keywords.get("file", NOTHING)
        if stream:
            self.mutate(stream, "written to by print()")
        return NOTHING

    def on_namedtuple(self, node: ast.Call) -> Value | None:
        """`P = namedtuple("P", "x y")` makes a class whose instances are tuples."""
        if self.qualified(node.func) != "collections.namedtuple" or len(node.args) < 2:
            return None
        made = Class(str(self.constant(node.args[0])), [], ["builtins.tuple"])
        fields = self.constant(node.args[1])
        if isinstance(fields, str):
            made.order = fields.replace(",", " ").split()
        elif isinstance(node.args[1], ast.List | ast.Tuple):
            made.order = [str(self.constant(item)) for item in node.args[1].elts]
        made.dataclass = True
        return self.new("", "class", data=made)

    def on_map(self, node: ast.Call) -> Value | None:
        """`map`, `filter`, `functools.reduce`: the function sees the elements one by one."""
        args = self.arguments(node)
        if len(args.positional) < 2:
            return None
        elements = NOTHING
        for value in args.positional[1:]:
            elements |= self.elements(value)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        out = NOTHING
        for obj in args.positional[0]:
            if obj.kind in ("func", "method", "class", "inst") or (
                obj.kind == "data" and self.held(obj)
            ):
                out |= self.call(
                    frozenset((obj,)),
                    Arguments([elements] * (len(args.positional) - 1), {}, NOTHING, None),
                )
            else:
                out |= self.new() if obj.type.partition(".")[0] != "builtins" else NOTHING
        used = {
            name
            for obj in args.positional[0]
            if obj.kind == "func"
            for name in obj.data.names.used - obj.data.names.bound
        }
        return self.new(
            "builtins.iterator",
            holds=elements if name == "filter" else out,
            handle=GENERATOR,
            data=self.read_late(used),
        )

    def on_zip(self, node: ast.Call) -> Value | None:
        """`zip`, `enumerate`: tuples whose positions are told apart."""
        args = self.arguments(node)
        if args.star or not args.positional:
            return None
        parts = [self.elements(value) for value in args.positional]
        if isinstance(node.func, ast.Name) and node.func.id == "enumerate":
            parts = [NOTHING, parts[0]]
        return self.new("builtins.iterator", holds=self.tuple_of(parts), handle=GENERATOR)


HANDLERS: Final[dict[str, Callable[[Any, ast.Call], Value | None]]] = {
    "exec": Interpreter.on_exec,
    "eval": Interpreter.on_eval,
    "globals": Interpreter.on_globals,
    "locals": Interpreter.on_globals,
    "vars": Interpreter.on_globals,
    "setattr": Interpreter.on_setattr,
    "delattr": Interpreter.on_delattr,
    "getattr": Interpreter.on_getattr,
    "id": Interpreter.on_id,
    "type": Interpreter.on_type,
    "open": Interpreter.on_open,
    "print": Interpreter.on_print,
    "map": Interpreter.on_map,
    "filter": Interpreter.on_map,
    "zip": Interpreter.on_zip,
    "enumerate": Interpreter.on_zip,
    "namedtuple": Interpreter.on_namedtuple,
    MAGIC: Interpreter.on_magic,
    SHELL: Interpreter.on_shell,
    CELL_MAGIC: Interpreter.on_cell_magic,
}
"""What the name of a builtin, or of a call that `source.py` writes, is handled by."""
