"""Which code a call runs: a function or class of the notebook, or a library's, by the tables.

Dispatches only. `functions.py` walks bodies, `classes.py` makes instances, `library.py` applies
table rows; `specials.py` has the calls whose meaning no table can hold.
"""

from __future__ import annotations

import ast
import re
from typing import Final

from cellweave.dataflow.callables import Arguments
from cellweave.dataflow.effects.model import Effect
from cellweave.dataflow.functions import UNKNOWN
from cellweave.dataflow.heap import (
    NOTHING,
    Obj,
    Value,
)
from cellweave.dataflow.library import FRESH, Library

AT_NAME: Final = re.compile(r"@([A-Za-z_]\w*)")
ARGS: Final = Effect(returns="args")


class Calls(Library):
    """Dispatch of calls."""

    def call(self, target: Value, args: Arguments, name: str = "") -> Value:
        """Call whatever `target` may be."""
        if not target:
            self.call_functions(args.all())
            return self.new()
        out = NOTHING
        for obj in target:
            if obj.kind == "func":
                out |= self.call_function(obj, args)
            elif obj.kind == "method":
                func, selfs = obj.data
                if isinstance(func, str):
                    out |= self.call_method(selfs, func, args)
                else:
                    out |= self.call_function(func, args, receiver=selfs)
            elif obj.kind == "class":
                out |= self.instantiate(obj, args)
            elif obj.kind == "lib":
                out |= self.call_library(obj.type, args)
            elif obj.kind == "inst":
                method = self.find(obj, "__call__")
                if method:
                    for func in method:
                        out |= self.call_function(func, args, receiver=frozenset((obj,)))
                else:
                    out |= self.apply(UNKNOWN, frozenset((obj,)), args, name or "a call")
            elif obj.kind == "module":
                out |= self.new()
            else:
                functions = frozenset(
                    o
                    for o in self.reach((obj,))
                    if o.kind in ("func", "class", "method") and o is not obj
                )
                if functions:
                    held = frozenset(o for o in self.held(obj) if o not in functions)
                    more = (
                        Arguments(
                            [a | held for a in (*args.positional, NOTHING)],
                            args.keywords,
                            args.star | held,
                            None,
                        )
                        if held
                        else args
                    )
                    out |= self.call(functions, more, name)
                out |= self.apply(
                    UNKNOWN if not name else self.guess(obj, name),
                    frozenset((obj,)),
                    args,
                    name or "a call of it",
                )
        return out

    def guess(self, obj: Obj, name: str) -> Effect:
        if name in self.pure:
            return FRESH
        return (self.tables.method(obj.type, "__call__") if obj.type else None) or UNKNOWN

    def call_method(self, receiver: Value, name: str, args: Arguments) -> Value:
        """`receiver.name(*args)`."""
        out = NOTHING
        if not receiver:
            return self.scalar_method(name, args)
        if name == "items" and not args.positional:
            pairs = self.pairs(receiver)
            if pairs is not None:
                return pairs
        if name in ("query", "eval") and args.nodes is not None and args.nodes.args:
            text = self.constant(args.nodes.args[0])
            for mentioned in AT_NAME.findall(text) if isinstance(text, str) else ():
                self.lookup(mentioned)
        plain: dict[tuple[int, str], tuple[Effect, set[Obj]]] = {}
        for obj in receiver:
            kind = obj.kind
            if kind in {"module", "lib"}:
                out |= self.call(self.library_attribute(obj, name), args, name)
                continue
            if kind in ("inst", "class", "func"):
                own = self.fields(obj).get(name, NOTHING)
                methods = self.find(obj, name)
                if own or methods:
                    out |= self.call(own, args, name) if own else NOTHING
                    for func in methods:
                        out |= self.call_bound(obj, func, args)
                    continue
                if kind == "func":
                    continue
                library = self.library_base(obj)
                effect = self.tables.method(library, name) if library else None
                if effect is None and library == "builtins.tuple":
                    effect = ARGS
                if effect is None and not library and kind == "inst" and not name.startswith("__"):
                    effect = UNKNOWN
                elif effect is None and name.startswith("__"):
                    effect = FRESH
            else:
                effect = self.method_effect(obj, name)
                stored = self.fields(obj).get(name)
                if stored:
                    out |= self.call(stored, args, name)
                if not obj.type:
                    out |= self.call_namesakes(obj, name, args)
            if effect is None:
                effect = UNKNOWN
            if name in self.pure:
                effect = FRESH
            known = plain.get((id(effect), effect.returns))
            if known:
                known[1].add(obj)
            else:
                plain[id(effect), effect.returns] = (effect, {obj})
        for effect, objs in plain.values():
            out |= self.apply(effect, frozenset(objs), args, f".{name}()")
        return out

    def method_effect(self, obj: Obj, name: str) -> Effect | None:
        if obj.type:
            return self.tables.method(obj.type, name) or self.tables.any_method(name)
        return self.tables.any_method(name)

    def scalar_method(self, name: str, args: Arguments) -> Value:
        """A method of something immutable: only `str.split` and its like make anything mutable."""
        self.call_functions(args.all())
        if name in ("split", "rsplit", "splitlines", "findall"):
            return self.new("builtins.list")
        if name in ("join", "format"):
            for obj in args.all():
                self.touch(obj)
        return NOTHING

    def arguments(self, node: ast.Call) -> Arguments:
        positional: list[Value] = []
        star = NOTHING
        for arg in node.args:
            if type(arg) is ast.Starred:
                star |= self.elements(self.evaluate(arg.value))
            else:
                positional.append(self.evaluate(arg))
        keywords: dict[str, Value] = {}
        for keyword in node.keywords:
            if keyword.arg is None:
                star |= self.elements(self.evaluate(keyword.value))
            else:
                keywords[keyword.arg] = self.evaluate(keyword.value)
        return Arguments(positional, keywords, star, node)
