"""Calls of the notebook's own functions: their bodies are run on abstract arguments, with the
globals of the moment (late binding, as Python does).

Decides what parameters receive and when a body has been walked often enough; a recursive call joins
its arguments into the walk that is on, and past a bound of depth or number a call is given up: it
may then change whatever is in reach. What expressions and statements do is left to subclasses.
"""

from __future__ import annotations

import ast
from typing import Any, Final

from cellweave.dataflow.callables import Active, Arguments, Function
from cellweave.dataflow.constants import Constants
from cellweave.dataflow.effects.model import Effect
from cellweave.dataflow.heap import (
    CLOSURE,
    ELEMENTS,
    GENERATOR,
    NOTHING,
    Binding,
    Obj,
    Snapshot,
    Value,
)
from cellweave.dataflow.scopes import FunctionNode, Names, Scope, names_of
from cellweave.dataflow.world import World

MAX_DEPTH: Final = 24
MAX_CALLS: Final = 600
UNKNOWN: Final = Effect(returns="unknown")
"""What a call may do that nothing explains."""
MAX_PASSES: Final = 4
"""How often a body is walked until a recursion brings nothing new."""


class Functions(Constants):
    """Making and calling functions."""

    def __init__(
        self, world: World, position: int, cell: str, pure: frozenset[str] = frozenset()
    ) -> None:
        super().__init__(world, position, cell, pure)
        self.active: dict[Obj, Active] = {}
        self.calls = 0
        self.handed = 0
        """How deep we are in functions that libraries call back."""
        self.lines: list[str] = []
        """The source that is being walked."""
        self.dead = False
        """What follows is never reached, for a `return`, `raise`, `break` or `continue`."""
        self.loops: list[list[Snapshot]] = []
        """The loops of the body being walked, each with the states that leave its body early."""

    # -------------------------------------------------- brought by subclasses

    def evaluate(self, node: ast.expr | None) -> Value:
        raise NotImplementedError

    def run(self, body: list[ast.stmt]) -> None:
        raise NotImplementedError

    def elements(self, value: Value) -> Value:
        raise NotImplementedError

    def apply(
        self,
        effect: Effect,
        receiver: Value | None,
        args: Arguments,
        cause: str,
        qualname: str = "",
    ) -> Value:
        raise NotImplementedError

    # ---------------------------------------------------------------- making

    def make_function(self, node: FunctionNode, line: int) -> Obj:
        lines = self.stack[-1].scope.func.data.lines if self.stack else self.lines
        made = Function(node, self.scope, self.names_in(node), line, lines)
        # the same text makes the same function, wherever it has moved to
        text = "\n".join(lines[node.lineno - 1 : node.end_lineno])
        key = (self.cell, "func", text, self.number("func", text))
        obj = Obj(key, "func", cell=self.cell, data=made)
        known = self.world.objects.get(obj.key)
        if known is not None:
            known.data = made
            obj = known
        else:
            self.world.objects[obj.key] = obj
        self.heap[obj] = {}
        args = node.args
        positional = made.positional()
        for name, default in zip(
            positional[len(positional) - len(args.defaults) :], args.defaults, strict=True
        ):
            made.defaults[name] = self.evaluate(default)
        for arg, kw_default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            if kw_default is not None:
                made.defaults[arg.arg] = self.evaluate(kw_default)
        for value in made.defaults.values():
            self.hold(obj, ELEMENTS, value)
        self.capture_variables(obj)
        return obj

    def names_in(self, node: FunctionNode | ast.ClassDef) -> Names:
        """The scan of a body, remembered."""
        key = ("names", id(node))
        known = self.world.function_names.get(key)
        if known is None:
            known = self.world.function_names[key] = (node, names_of(node))
        return known[1]

    def capture_variables(self, obj: Obj) -> None:
        """A function holds the variables of the functions around it that it uses."""
        made: Function = obj.data
        scope = self.scope
        while scope is not None:
            captured = (
                (made.names.used | made.names.nonlocal_) & scope.names.bound
                if scope.kind != "class"
                else set()
            )
            if captured:
                if scope.closure is None:
                    (scope.closure,) = self.new("builtins.closure")
                self.hold(obj, CLOSURE, frozenset((scope.closure,)))
                for name in captured:
                    if name in scope.vars:
                        self.hold(scope.closure, name, scope.vars[name].value)
            scope = scope.parent

    # --------------------------------------------------------------- calling

    def call_function(self, obj: Obj, args: Arguments, receiver: Value | None = None) -> Value:
        """Walk the body of one of the notebook's functions."""
        made: Function = obj.data
        self.fields(obj)  # what it captured is part of what the call depends on
        params = self.bind_arguments(made, args, receiver)
        running = self.active.get(obj)
        if running is not None:
            running.join(params)
            return running.returns
        if made.cached and self.reads_values(made):
            self.world.handles = True
            obj.handle = "a function that remembers results which depend on names outside it"
            self.mutate((obj,), f"`{made.name}` remembers a result")
        self.calls += 1
        if self.calls > MAX_CALLS or len(self.stack) > MAX_DEPTH:
            return self.give_up(made, args, receiver)
        scope = Scope("function", made.names, made.scope, obj, made.owner)
        every = made.positional()
        scope.first = every[0] if every else ""
        active = Active(scope)
        self.active[obj] = active
        self.stack.append(active)
        outer, outer_certain, outer_loops, line = self.scope, self.certain, self.loops, self.line
        self.call_depth += 1
        self.certain = False
        consts = self.parameter_constants(made, args, receiver)
        for _ in range(MAX_PASSES):
            self.walk_body(made.node, active, params, consts)
            if not active.again:
                break
        self.dead = False
        self.call_depth -= 1
        self.scope, self.certain, self.loops = outer, outer_certain, outer_loops
        self.line = line
        self.stack.pop()
        del self.active[obj]
        if made.names.yields:
            late = self.read_late(made.names.used - made.names.bound)
            return self.new("builtins.iterator", holds=active.yields, handle=GENERATOR, data=late)
        return active.returns

    def walk_body(
        self,
        node: FunctionNode,
        active: Active,
        params: dict[str, Value],
        consts: dict[str, Any],
    ) -> None:
        """Walk a body once, from its parameters to where all its exits meet."""
        scope = active.scope
        active.again = False
        active.exits = []
        self.env = dict(self.env)
        self.loops = []
        for name, value in params.items():
            old = scope.vars.get(name)
            scope.vars[name] = Binding(
                value | (old.value if old else NOTHING), const=consts.get(name)
            )
        self.scope = scope
        self.dead = False
        if isinstance(node, ast.Lambda):
            active.returns |= self.evaluate(node.body)
        else:
            self.run(node.body)
        if not self.dead:
            active.exits.append(self.env)
        if active.exits:
            env = active.exits[0]
            for other in active.exits[1:]:
                env = self.join_env(env, other)
            self.env = env

    def call_on(self, func: Obj, obj: Obj, *given: Value) -> Value:
        """Call a method of the notebook on one of its instances (or classes)."""
        return self.call_function(func, Arguments(list(given)), receiver=frozenset((obj,)))

    def bind_arguments(
        self, made: Function, args: Arguments, receiver: Value | None
    ) -> dict[str, Value]:
        spec = made.node.args
        names = made.positional()
        given = list(args.positional) if receiver is None else [receiver, *args.positional]
        out = dict(zip(names, given, strict=False))
        rest = given[len(names) :]
        for name in names[len(given) :]:
            out[name] = made.defaults.get(name, NOTHING) | self.spread(args.star)
        for kwonly in spec.kwonlyargs:
            out[kwonly.arg] = made.defaults.get(kwonly.arg, NOTHING) | args.star
        extra = NOTHING
        for key, value in args.keywords.items():
            if key in out:
                out[key] = value
            else:
                extra |= value
        if spec.vararg:
            held = self.spread(args.star)
            for value in rest:
                held |= value
            out[spec.vararg.arg] = self.new("builtins.tuple", holds=held) if held else NOTHING
        if spec.kwarg:
            out[spec.kwarg.arg] = self.new("builtins.dict", holds=extra | args.star)
        return out

    def spread(self, star: Value) -> Value:
        """What one parameter may get of `*args`."""
        return star | self.elements(star) if star else NOTHING

    def parameter_constants(
        self, made: Function, args: Arguments, receiver: Value | None
    ) -> dict[str, Any]:
        """Constants handed to parameters, so that file names are known inside the function."""
        out: dict[str, Any] = {}
        if args.nodes is None:
            return out
        names = made.positional()
        if receiver is not None:
            names = names[1:]
        for name, given in zip(names, args.nodes.args, strict=False):
            if isinstance(given, ast.Starred):
                break
            out[name] = self.constant(given)
        for keyword in args.nodes.keywords:
            if keyword.arg:
                out[keyword.arg] = self.constant(keyword.value)
        return out

    def reads_values(self, made: Function) -> bool:
        """Does a function use any global that is not a module, function or class?"""
        for name in made.names.used - made.names.bound:
            binding = self.current(name)
            if binding is not None and (
                not binding.value or any(o.kind in ("data", "inst") for o in binding.value)
            ):
                return True
        return False

    def give_up(self, made: Function, args: Arguments, receiver: Value | None) -> Value:
        """Too deep to follow: anything in reach may change."""
        everything = args.all() | (receiver or NOTHING)
        for name in sorted(made.names.used - made.names.bound):
            if self.is_variable(name):
                everything |= self.read_global(name, f"may be read by `{made.name}`").value
        for name in sorted(made.names.global_):
            self.bind_global(name, everything, weak=True)
        return self.apply(
            UNKNOWN,
            everything,
            Arguments([]),
            f"`{made.name}`, too deep to follow",
        )
