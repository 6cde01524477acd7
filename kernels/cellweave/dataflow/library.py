"""Library calls: one row of the effect tables takes effect.

The row says what changes, what is kept and what comes back; this module finds the objects that it
speaks of. A call that no row explains may change its receiver and arguments and all that they hold,
may keep them and may return them: each is a *possible* change. No library is ever imported.
"""

from __future__ import annotations

import ast
import re
from typing import Any, Final

from cellweave.dataflow.callables import Arguments
from cellweave.dataflow.contents import Contents
from cellweave.dataflow.effects.model import Effect
from cellweave.dataflow.effects.tables import at_call
from cellweave.dataflow.functions import UNKNOWN
from cellweave.dataflow.heap import (
    ELEMENTS,
    NOTHING,
    Obj,
    Value,
)
from cellweave.dataflow.state import ARRAYS, CONTAINERS

NAME: Final = re.compile(r"[A-Za-z_]\w*")
SEEDS: Final = ("random_state", "seed", "rng")
"""Keywords that give an estimator its seed."""
UNSEEDED: Final = "unseeded"
"""What marks an object that was made without one."""
MAPPINGS: Final = frozenset(
    {"builtins.dict", "collections.OrderedDict", "collections.defaultdict", "collections.Counter"}
)
MAX_HOLDERS: Final = 8
KEEPS_ALL: Final = frozenset({".append()", ".add()", ".insert()", ".setdefault()", ".appendleft()"})
"""Methods of containers, which keep even what can be used only once."""
COPIES: Final = frozenset({"copy.copy", "copy.deepcopy"})
FRESH: Final = Effect(returns="fresh")
"""What calls do that the option `pure` names."""


class Library(Contents):
    """What calls of library functions and methods change, keep, use and return."""

    def call_method(self, receiver: Value, name: str, args: Arguments) -> Value:
        raise NotImplementedError

    def call_library(self, qualname: str, args: Arguments) -> Value:
        tables = self.tables
        short = qualname.rpartition(".")[2]
        if (
            qualname in COPIES
            and args.positional
            and any(o.kind == "inst" for o in args.positional[0])
        ):
            return self.copy(args.positional[0], deep=qualname == "copy.deepcopy")
        effect = tables.function(qualname)
        if effect is None:
            effect = tables.default(qualname)
        if effect is None:
            owner, _, method = qualname.rpartition(".")
            if tables.is_class(owner) and args.positional:
                found = tables.method(owner, method)
                if found is not None:
                    rest = Arguments(args.positional[1:], args.keywords, args.star, None)
                    return self.apply(found, args.positional[0], rest, f"{short}()")
        if short in self.pure or qualname in self.pure:
            effect = FRESH
        return self.apply(effect or UNKNOWN, None, args, f"{short}()", qualname)

    def apply(
        self,
        effect: Effect,
        receiver: Value | None,
        args: Arguments,
        cause: str,
        qualname: str = "",
    ) -> Value:
        """Let one table row take effect."""
        everything = args.all()
        given = self.constant_keywords(args) if args.nodes is not None else {}
        if given or effect.mutates:
            effect = at_call(effect, given, len(args.positional))
        if effect.calls or not qualname.startswith("builtins."):
            self.call_functions(everything, receiver or NOTHING)
        self.touch_all(everything)
        for obj in everything:
            if obj.handle and obj.kind == "data":
                self.mutate((obj,), f"used up by {cause}")
        if args.nodes is not None:
            self.names_in_strings(args.nodes, qualname)
        own = receiver if receiver is not None else NOTHING
        if effect.returns == "unknown" and not effect.mutates:
            self.change_anything(own | everything, cause)
            if not effect.impure:
                self.note_impure(cause)
        for spec in effect.mutates:
            self.change(own if spec == "self" else args.pick(spec), cause)
        for spec in effect.keeps:
            kept = lasting(args.pick(spec)) if cause not in KEEPS_ALL else args.pick(spec)
            targets = own or (args.pick(effect.mutates[0]) if effect.mutates else NOTHING)
            for target in targets:
                self.hold(
                    target,
                    ELEMENTS,
                    self.elements(kept) if cause in (".extend()", ".update()") else kept,
                )
        self.state_effects(effect, own, args, cause, qualname)
        return self.result(effect, own, args, everything)

    def constant_keywords(self, args: Arguments) -> dict[str, Any]:
        """The keywords as written, `...` where their values are not known."""
        keywords = args.nodes.keywords if args.nodes is not None else []
        return {k.arg: self.constant_or(k.value) for k in keywords if k.arg is not None}

    def change_anything(self, value: Value, cause: str) -> None:
        """A call that nothing explains: what it is given may change, and may hold each other."""
        changed = frozenset(
            o for o in self.reach(value) if o.kind not in ("func", "class", "method")
        )
        self.mutate(changed - self.protected(), f"possibly changed by {cause}", possible=True)
        holders = [o for o in value if o.kind in ("data", "inst")]
        if len(holders) > MAX_HOLDERS:  # which of them must not depend on the run
            holders.sort(key=lambda o: str(o.key))
        for holder in holders[:MAX_HOLDERS]:
            self.hold(holder, ELEMENTS, value - {holder})

    def change(self, changed: Value, cause: str) -> None:
        protected = self.protected()
        self.mutate(changed - protected, f"changed in place by {cause}")
        self.mutate(
            self.worked_on_by(changed) - protected,
            f"possibly changed through what holds it by {cause}",
            possible=True,
        )

    def protected(self) -> set[Obj]:
        """What the names reach that the option `pure` says no call of the cell changes."""
        out: set[Obj] = set()
        for name in self.pure:
            binding = self.current(name)
            if binding is not None:
                out |= self.reach(binding.value)
        return out

    def worked_on_by(self, value: Value) -> Value:
        """What objects of some types change when they change: a pipeline its steps, a writer its
        buffer. Most others only read what they were made of.
        """
        out: set[Obj] = set()
        seen: set[Obj] = set()
        todo = [
            held
            for obj in value
            if obj.type and self.tables.type(obj.type).deep
            for held in self.held(obj)
        ]
        inside = any(obj.type == "collections.ChainMap" for obj in value)
        while todo:
            obj = todo.pop()
            if obj in seen or obj.kind not in ("data", "inst"):
                continue
            seen.add(obj)
            if obj.type in CONTAINERS:
                todo.extend(self.held(obj))
                if not inside:
                    continue
            elif obj.type in ARRAYS:
                continue
            out.add(obj)
        return frozenset(out)

    def call_functions(self, value: Value, receiver: Value = NOTHING) -> None:
        """Functions handed to a library may be called there, with anything in reach."""
        functions = [o for o in value if o.kind in ("func", "method")]
        if not functions or self.handed > 2:
            return
        others = frozenset(o for o in value | receiver if o.kind not in ("func", "method", "class"))
        given = self.elements(others) | (others if len(others) < 4 else NOTHING)
        given = frozenset(o for o in given if o.kind not in ("func", "method") and not o.handle)
        self.handed += 1
        for obj in functions:
            func, selfs = obj.data if obj.kind == "method" else (obj, None)
            if isinstance(func, str):
                self.call_method(selfs or NOTHING, func, Arguments([given]))
                continue
            if func.kind != "func":
                continue
            count = len(func.data.positional()) - (selfs is not None)
            keywords = {k.arg: given for k in func.data.node.args.kwonlyargs}
            made = Arguments([given] * max(0, count), keywords, given)
            self.call_function(func, made, receiver=selfs)
        self.handed -= 1

    def names_in_strings(self, call: ast.Call, qualname: str) -> None:
        """Formulas and queries read names of the notebook: `"y ~ np.log(x)"`, `"from frame"`."""
        database = qualname.startswith("duckdb.")
        for node in (*call.args, *(k.value for k in call.keywords)):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and (database or "~" in text):
                for name in set(NAME.findall(text)):
                    binding = self.current(name)
                    if binding is not None and (database or callable_alone(binding.value)):
                        self.lookup(name)

    # ----------------------------------------------------------- process state

    def state_effects(
        self, effect: Effect, own: Value, args: Arguments, cause: str, qualname: str
    ) -> None:
        """What a call uses and sets outside the values: generators, options, files, the display."""
        for channel in effect.draws:
            self.channel(channel, "draw", f"drawn from by {cause}")
        for obj in own:
            if obj.data == UNSEEDED and (
                "self" in effect.mutates or cause in (".split()", ".sample()")
            ):
                for channel in self.tables.type(obj.type).draws:
                    self.channel(
                        channel, "draw", f"drawn from by {cause} of an object without a seed"
                    )
        for channel in effect.sets:
            self.channel(self.named_channel(channel, args), "write", f"set by {cause}")
        for channel in effect.reads:
            named = self.named_channel(channel, args)
            self.channel(named, "read", f"read by {cause}")
        if qualname.startswith(("matplotlib.", "seaborn.")) or effect.pyplot:
            self.channel("~option:matplotlib", "read", f"used by {cause}")
        if qualname.startswith("decimal."):
            self.channel("~decimal", "read", f"used by {cause}")
        if effect.file_read:
            self.open_file(args.node(effect.file_read), write=False)
        if effect.file_write:
            self.open_file(args.node(effect.file_write), write=True)
        if effect.table_read:
            name = self.constant(args.node(effect.table_read))
            self.external("table", name if isinstance(name, str) else "?")
        if effect.impure:
            self.note_impure(cause)
        if effect.opaque:
            self.make_opaque(f"{cause} may define or change any name")

    def note_impure(self, cause: str) -> None:
        if cause not in self.impure:
            self.impure.append(cause)

    def named_channel(self, channel: str, args: Arguments) -> str:
        kind, _, spec = channel.partition(":")
        if kind == "~env" and spec.isdigit():
            return self.environment(args.node(spec))
        return channel

    def open_file(self, node: ast.expr | None, *, write: bool) -> None:
        """A call is given a file by name; an open file or a buffer is no file of its own."""
        if node is None:
            return
        name = self.constant(node)
        if name is not None and not isinstance(name, str):
            return
        if name is None and any(
            o.type.startswith(("io.", "builtins.file", "_io")) or o.handle
            for o in (self.evaluate(node) if isinstance(node, ast.Name) else NOTHING)
        ):
            return
        self.file(name or "", write=write)

    def show(self, value: Value) -> None:
        """A value is printed or displayed: its `__repr__` runs, and display options count."""
        self.touch_all(value)
        for obj in value:
            package = obj.type.partition(".")[0] if obj.kind == "data" else "other"
            for option in ("pandas", "numpy"):
                if package in ("", option, "pandas", "builtins"):
                    self.channel(f"~option:{option}", "read", "shown")

    # ------------------------------------------------------------------ result

    def result(self, effect: Effect, own: Value, args: Arguments, everything: Value) -> Value:
        """What a row says that a call returns."""
        returns = effect.returns
        if returns in ("none", "scalar"):
            return NOTHING
        first = own or args.pick("0")
        if returns == "self":
            return first
        if returns == "elem":
            return self.elements(first) | (everything if len(args.positional) > 1 else NOTHING)
        if returns == "view":
            return self.view(first, effect.type) if first else self.new(effect.type)
        if effect.type and self.tables.type(effect.type).immutable and not effect.handle:
            return NOTHING
        handle = effect.type or "a handle" if effect.handle else ""
        if effect.type and self.result_unseeded(effect, args):
            return self.new(
                effect.type,
                holds=lasting(own | everything) if returns == "args" else NOTHING,
                data=UNSEEDED,
            )
        if returns == "elems":
            holds = self.elements(own | everything)
            if effect.type in MAPPINGS:  # made of pairs
                pairs = frozenset(o for o in holds if o.type == "builtins.tuple")
                holds = (holds - pairs) | self.elements(pairs)
            return self.new(effect.type, holds=holds, handle=handle)
        if returns == "args":
            held = lasting(own | everything)
            return self.new(effect.type, holds=held | self.elements(held), handle=handle)
        if returns == "unknown":
            return self.new(effect.type, holds=own | everything, handle=handle) | frozenset(
                o for o in own | everything if o.kind in ("data", "inst")
            )
        return self.new(effect.type, handle=handle)

    def result_unseeded(self, effect: Effect, args: Arguments) -> bool:
        """It makes an object that draws from a global generator, as no seed is given."""
        if not self.tables.type(effect.type).draws:
            return False
        return all(
            self.constant_or(node) is None for key in SEEDS if (node := args.node(key)) is not None
        )


def lasting(value: Value) -> Value:
    """What a library keeps of its arguments: it uses generators up, and keeps none."""
    return frozenset(obj for obj in value if obj.handle != "a generator")


def callable_alone(value: Value) -> bool:
    """Is a value surely a module, a function or a class?"""
    return bool(value) and all(o.kind in ("module", "lib", "func", "class") for o in value)
