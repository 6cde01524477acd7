"""What a call does: library calls by the effect tables, the notebook's own functions by running
their bodies on abstract arguments, with the globals of the moment (late binding, as Python does).

A call that neither the tables nor the notebook explain may change its receiver and arguments and
all that they hold, may keep them and may return them: each is a *possible* change.
"""

from __future__ import annotations

import ast
import re
from typing import Any, Final

from cellweave.dataflow.effects.model import Effect
from cellweave.dataflow.effects.tables import at_call
from cellweave.dataflow.heap import (
    BASE,
    CLASS,
    CLOSURE,
    ELEMENTS,
    NOTHING,
    Binding,
    Obj,
    Value,
)
from cellweave.dataflow.scopes import FunctionNode, Names, Scope, names_of
from cellweave.dataflow.state import ARRAYS, CONTAINERS, CellState

AT_NAME: Final = re.compile(r"@([A-Za-z_]\w*)")
NAME: Final = re.compile(r"[A-Za-z_]\w*")
SEEDS: Final = ("random_state", "seed", "rng")
UNSEEDED: Final = "unseeded"
MAPPINGS: Final = frozenset(
    {"builtins.dict", "collections.OrderedDict", "collections.defaultdict", "collections.Counter"}
)
COPIES: Final = frozenset({"copy.copy", "copy.deepcopy"})
MAX_DEPTH: Final = 24
MAX_CALLS: Final = 600
FRESH: Final = Effect(returns="fresh")
ARGS: Final = Effect(returns="args")
UNKNOWN: Final = Effect(returns="unknown")
NO_DUNDERS: Final = frozenset(
    {
        "__init__",
        "__new__",
        "__init_subclass__",
        "__class_getitem__",
        "__setattr__",
        "__delattr__",
        "__setitem__",
        "__delitem__",
        "__enter__",
        "__exit__",
        "__del__",
        "__post_init__",
        "__call__",
        "__set_name__",
        "__reduce__",
        "__getattr__",
        "__getattribute__",
    }
)


class Function:
    """The making of a function object: its syntax and the scope that it closes over."""

    __slots__ = (
        "cached",
        "defaults",
        "line",
        "lines",
        "name",
        "names",
        "node",
        "owner",
        "scope",
        "static",
    )

    def __init__(
        self, node: FunctionNode, scope: Scope | None, names: Names, line: int, lines: list[str]
    ) -> None:
        self.node = node
        self.scope = scope
        self.names = names
        self.line = line
        self.lines = lines
        """The source that `node` was parsed from."""
        self.name = getattr(node, "name", "<lambda>")
        self.owner: Obj | None = None
        self.cached = False
        """It remembers results (`lru_cache`)."""
        self.static = ""
        """`static`, `class` or `property` for methods so decorated."""
        self.defaults: dict[str, Value] = {}


class Class:
    """The making of a class: its bases and the names of its body."""

    __slots__ = ("bases", "dataclass", "factories", "lib_bases", "name", "order")

    def __init__(self, name: str, bases: list[Obj], lib_bases: list[str]) -> None:
        self.name = name
        self.bases = bases
        self.lib_bases = lib_bases
        self.dataclass = False
        self.factories: dict[str, Value] = {}
        """`default_factory` of its fields: each instance gets a value of its own."""
        self.order: list[str] = []
        """Names of its annotated fields, in order, those of its bases first."""


class Arguments:
    """The evaluated arguments of one call."""

    __slots__ = ("keywords", "nodes", "positional", "star")

    def __init__(
        self,
        positional: list[Value],
        keywords: dict[str, Value],
        star: Value,
        nodes: ast.Call | None,
    ) -> None:
        self.positional = positional
        self.keywords = keywords
        self.star = star
        """What `*args` and `**kwargs` may bring."""
        self.nodes = nodes

    def all(self) -> Value:
        out = self.star
        for value in self.positional:
            out |= value
        for value in self.keywords.values():
            out |= value
        return out

    def pick(self, spec: str) -> Value:
        if spec == "*":
            return self.all()
        if spec.isdigit():
            at = int(spec)
            return self.positional[at] if at < len(self.positional) else self.star
        return self.keywords.get(spec, NOTHING)

    def node(self, spec: str) -> ast.expr | None:
        """The expression given for an argument."""
        if self.nodes is None:
            return None
        if spec.isdigit():
            at = int(spec)
            args = self.nodes.args
            return (
                args[at]
                if at < len(args) and not any(isinstance(a, ast.Starred) for a in args[: at + 1])
                else None
            )
        return next((k.value for k in self.nodes.keywords if k.arg == spec), None)


class Active:
    """A function body that is being walked; a recursive call joins its arguments into it."""

    __slots__ = ("again", "exits", "returns", "scope", "yields")

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.returns: Value = NOTHING
        self.yields: Value = NOTHING
        self.again = False
        self.exits: list[dict[str, Binding]] = []


class Calls(CellState):
    """Calls of every kind. Subclasses bring expressions and statements."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope: Scope | None = None
        self.active: dict[Obj, Active] = {}
        self.calls = 0
        self.lines: list[str] = []
        """The source that is being walked."""
        self.postponed = False
        """`from __future__ import annotations` is in force."""
        self.handed = 0
        """How deep we are in functions that libraries call back."""
        self.dead = False
        self.stack: list[Active] = []
        self.loops: list[list[tuple[dict[str, Binding], dict[str, Binding]]]] = []

    # -------------------------------------------------- brought by subclasses

    def evaluate(self, node: ast.expr | None) -> Value:
        raise NotImplementedError

    def run(self, body: list[ast.stmt]) -> None:
        raise NotImplementedError

    def constant(self, node: ast.expr | None) -> Any:
        raise NotImplementedError

    def constant_or(self, node: ast.expr) -> Any:
        """The constant that an expression is, or `...` where it is none."""
        if isinstance(node, ast.Constant):
            return node.value
        known = self.constant(node)
        return ... if known is None else known

    # -------------------------------------------------------------- dispatch

    def call(self, target: Value, args: Arguments, name: str = "") -> Value:
        """Call whatever `target` may be."""
        if not target:
            self.call_functions(args.all(), args)
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
                self.lookup_name(mentioned)
        plain: dict[tuple[int, str], tuple[Effect, set[Obj]]] = {}
        for obj in receiver:
            kind = obj.kind
            if kind == "module" or kind == "lib":
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

    def call_namesakes(self, obj: Obj, name: str, args: Arguments) -> Value:
        """An object of unknown type may be of a class of the notebook that has such a method."""
        out = NOTHING
        for cls, position in list(self.world.classes.items()):
            if position < self.position or (position == self.position and cls in self.heap):
                for func in self.fields(cls).get(name, NOTHING):
                    if func.kind == "func" and not func.data.static:
                        out |= self.call_function(func, args, receiver=frozenset((obj,)))
        return out

    def pairs(self, receiver: Value) -> Value | None:
        """`d.items()`: pairs of an immutable key and a value."""
        if not all(obj.kind == "data" and obj.type in CONTAINERS for obj in receiver):
            return None
        values = NOTHING
        for obj in receiver:
            values |= self.held(obj)
        return self.new("builtins.iterable", holds=self.tuple_of([NOTHING, values]))

    def tuple_of(self, parts: list[Value]) -> Value:
        """A tuple whose positions are told apart; nothing at all where all are immutable."""
        if not any(parts):
            return NOTHING
        made = self.new(
            "builtins.tuple",
            holds=frozenset(o for part in parts for o in part) if len(parts) > 16 else NOTHING,
        )
        if len(parts) <= 16:
            for obj in made:
                for i, part in enumerate(parts):
                    self.hold(obj, str(i), part)
        return made

    def lookup_name(self, name: str) -> Value:
        raise NotImplementedError

    def method_effect(self, obj: Obj, name: str) -> Effect | None:
        if obj.type:
            return self.tables.method(obj.type, name) or self.tables.any_method(name)
        return self.tables.any_method(name)

    def scalar_method(self, name: str, args: Arguments) -> Value:
        """A method of something immutable: only `str.split` and its like make anything mutable."""
        self.call_functions(args.all(), args)
        if name in ("split", "rsplit", "splitlines", "findall"):
            return self.new("builtins.list")
        if name in ("join", "format"):
            for obj in args.all():
                self.touch(obj)
        return NOTHING

    def call_bound(self, obj: Obj, func: Obj, args: Arguments) -> Value:
        if func.kind != "func":
            return self.call(frozenset((func,)), args)
        static = func.data.static
        if static == "static" or (obj.kind == "class" and static != "class"):
            return self.call_function(func, args)
        if static == "class":
            owner = obj if obj.kind == "class" else self.class_of(obj)
            return self.call_function(
                func, args, receiver=frozenset((owner,)) if owner else NOTHING
            )
        if static == "property":
            got = self.call_function(
                func, Arguments([], {}, NOTHING, None), receiver=frozenset((obj,))
            )
            return self.call(got, args)
        return self.call_function(func, args, receiver=frozenset((obj,)))

    # ------------------------------------------------------------- libraries

    def library_attribute(self, obj: Obj, name: str) -> Value:
        """`pandas.DataFrame` and the like."""
        if self.world.modules_change:
            channel = f"~module:{obj.type}"
            if channel in self.env or self.incoming(channel) is not None:
                self.channel(channel, "read", "state of a module")
        return frozenset((self.world.lib(f"{obj.type}.{name}"),))

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

    def copy(self, value: Value, *, deep: bool) -> Value:
        """Copies of instances are instances of the same class."""
        out = NOTHING
        for obj in value:
            made = self.new(obj.type, "inst" if obj.kind == "inst" else "data")
            for new in made:
                for field, held in self.fields(obj).items():
                    if field == CLASS or not deep:
                        self.hold(new, field, held)
                    else:
                        self.hold(
                            new,
                            field,
                            self.copy(held, deep=False)
                            if any(o.kind == "inst" for o in held)
                            else self.new(),
                        )
            out |= made
        return out

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
        given: dict[str, Any] = {}
        if args.nodes is not None and args.nodes.keywords:
            given = {
                k.arg: self.constant_or(k.value) for k in args.nodes.keywords if k.arg is not None
            }
        if given or effect.mutates:
            effect = at_call(effect, given, len(args.positional))
        if effect.calls or not qualname.startswith("builtins."):
            self.call_functions(everything, args, receiver or NOTHING)
        self.touch_all(everything)
        for obj in everything:
            if obj.handle and obj.kind == "data":
                self.mutate((obj,), f"used up by {cause}")
        if args.nodes is not None:
            self.names_in_strings(args.nodes, qualname)
        own = receiver if receiver is not None else NOTHING
        if effect.returns == "unknown" and not effect.mutates:
            changed = frozenset(
                o for o in self.reach(own | everything) if o.kind not in ("func", "class", "method")
            )
            protected = self.protected()
            self.mutate(changed - protected, f"possibly changed by {cause}", possible=True)
            if not effect.impure:
                self.note_impure(cause)
            holders = [o for o in own | everything if o.kind in ("data", "inst")]
            for holder in holders[:8]:
                self.hold(holder, ELEMENTS, (own | everything) - {holder})
        for spec in effect.mutates:
            changed = own if spec == "self" else args.pick(spec)
            protected = self.protected()
            self.mutate(changed - protected, f"changed in place by {cause}")
            self.mutate(
                self.worked_on_by(changed) - protected,
                f"possibly changed through what holds it by {cause}",
                possible=True,
            )
        for spec in effect.keeps:
            kept = args.pick(spec)
            targets = own or (args.pick(effect.mutates[0]) if effect.mutates else NOTHING)
            for target in targets:
                self.hold(
                    target,
                    ELEMENTS,
                    self.elements(kept) if cause in (".extend()", ".update()") else kept,
                )
        self.state_effects(effect, own, args, cause, qualname)
        return self.result(effect, own, args, everything)

    def protected(self) -> set[Obj]:
        """What the names reach that the option `pure` says no call of the cell changes."""
        out: set[Obj] = set()
        for name in self.pure:
            binding = self.env.get(name) or self.incoming(name)
            if binding is not None:
                out |= self.reach(binding.value)
        return out

    def worked_on_by(self, value: Value) -> Value:
        """What an object of a library may change when it changes: a pipeline its steps, a writer
        its buffer. Containers and arrays change only themselves; data that is held is only read.
        """
        out: set[Obj] = set()
        seen: set[Obj] = set()
        todo = [
            held
            for obj in value
            if obj.type and obj.type not in CONTAINERS | ARRAYS
            for held in self.held(obj)
        ]
        while todo:
            obj = todo.pop()
            if (
                obj in seen
                or obj.kind in ("func", "class", "method", "module", "lib")
                or not (obj.type or obj.kind == "inst")
            ):
                continue
            seen.add(obj)
            if obj.type in CONTAINERS:
                todo.extend(self.held(obj))
                if not any(owner.type == "collections.ChainMap" for owner in value):
                    continue
            elif obj.type in ARRAYS:
                continue
            out.add(obj)
        return frozenset(out)

    def state_effects(
        self, effect: Effect, own: Value, args: Arguments, cause: str, qualname: str
    ) -> None:
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
            name = self.constant(args.node(spec))
            return f"~env:{name}" if isinstance(name, str) else "~env:*"
        return channel

    def open_file(self, node: ast.expr | None, *, write: bool) -> None:
        if node is None:
            return
        name = self.constant(node)
        if name is not None and not isinstance(name, str):
            return
        if name is None and any(
            o.type.startswith(("io.", "builtins.file", "_io")) or o.handle
            for o in self.evaluate_quietly(node)
        ):
            return
        self.file(name or "", write=write)

    def evaluate_quietly(self, node: ast.expr) -> Value:
        return self.evaluate(node) if isinstance(node, ast.Name) else NOTHING

    def result(self, effect: Effect, own: Value, args: Arguments, everything: Value) -> Value:
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
        made = effect.type and self.result_unseeded(effect, args)
        if made:
            return self.new(
                effect.type, holds=own | everything if returns == "args" else NOTHING, data=UNSEEDED
            )
        if returns == "elems":
            holds = self.elements(own | everything)
            if effect.type in MAPPINGS:  # made of pairs
                pairs = frozenset(o for o in holds if o.type == "builtins.tuple")
                holds = (holds - pairs) | self.elements(pairs)
            return self.new(effect.type, holds=holds, handle=handle)
        if returns == "args":
            return self.new(
                effect.type, holds=own | everything | self.elements(own | everything), handle=handle
            )
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

    def names_in_strings(self, call: ast.Call, qualname: str) -> None:
        """Formulas and queries read names of the notebook: `"y ~ np.log(x)"`, `"from frame"`."""
        database = qualname.startswith("duckdb.")
        for node in (*call.args, *(k.value for k in call.keywords)):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and (database or "~" in node.value)
            ):
                for name in set(NAME.findall(node.value)):
                    binding = self.env.get(name) or self.incoming(name)
                    if binding is not None and (
                        database
                        or (
                            binding.value
                            and all(
                                o.kind in ("module", "lib", "func", "class") for o in binding.value
                            )
                        )
                    ):
                        self.lookup_name(name)

    def view(self, owner: Value, type: str) -> Value:
        """Something that may share memory with `owner`."""
        out = NOTHING
        immutable = bool(type) and self.tables.type(type).immutable
        for obj in owner:
            if obj.kind in ("module", "lib") or immutable:
                continue
            if not type or obj.type == type or obj.kind != "data":
                out |= {obj}
                continue
            # all views of one type on one object are one: what changes one changes the object
            root = next(iter(self.fields(obj).get(BASE, (obj,))))
            if root.type == type:
                out |= {root}
                continue
            made = self.world.intern(("view", root.key, type), "data", type, cell=root.cell)
            self.hold(made, BASE, frozenset((root,)))
            out |= {made}
        return out

    def elements(self, value: Value) -> Value:
        """What iterating over `value` may give."""
        out = NOTHING
        for obj in value:
            if obj.kind in ("module", "lib", "func", "class", "method"):
                continue
            held = self.held(obj)
            if obj.kind == "data" and obj.type in CONTAINERS:
                out |= held
            elif obj.kind == "inst":
                methods = self.find(obj, "__iter__") or self.find(obj, "__getitem__")
                for func in methods:
                    got = self.call_function(
                        func, Arguments([NOTHING], {}, NOTHING, None), receiver=frozenset((obj,))
                    )
                    out |= got | frozenset(h for g in got if g is not obj for h in self.held(g))
                    for made in got:
                        for step in self.find(made, "__next__") if made.kind == "inst" else ():
                            out |= self.call_function(
                                step, Arguments([], {}, NOTHING, None), receiver=frozenset((made,))
                            )
                if not methods:
                    out |= held | {obj}
            elif obj.handle == "a generator" or obj.type in (
                "builtins.iterator",
                "builtins.iterable",
            ):
                for name in sorted(obj.data or ()):
                    self.lookup_name(name)  # what it reads, it reads when it is used up
                out |= held
            else:
                how = self.tables.type(obj.type).iter if obj.type else "view"
                if how == "view" or how == "elem":
                    out |= held | {obj}
                elif how != "scalar":
                    out |= self.new() | held
        return out

    # ------------------------------------------------------ user's functions

    def call_functions(self, value: Value, args: Arguments, receiver: Value = NOTHING) -> None:
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
                self.call_method(selfs or NOTHING, func, Arguments([given], {}, NOTHING, None))
                continue
            if func.kind != "func":
                continue
            count = (
                len(func.data.node.args.posonlyargs)
                + len(func.data.node.args.args)
                - (selfs is not None)
            )
            keywords = {k.arg: given for k in func.data.node.args.kwonlyargs}
            made = Arguments([given] * max(0, count), keywords, given, None)
            if selfs is None:
                self.call_function(func, made)
            else:
                self.call_function(func, made, receiver=selfs)
        self.handed -= 1

    def show(self, value: Value) -> None:
        """A value is printed or displayed: its `__repr__` runs, and display options count."""
        self.touch_all(value)
        for obj in value:
            package = obj.type.partition(".")[0] if obj.kind == "data" else "other"
            for option in ("pandas", "numpy"):
                if package in ("", option, "pandas", "builtins"):
                    self.channel(f"~option:{option}", "read", "shown")

    def touch_all(self, value: Value) -> None:
        """A library looks at instances, and at those in the containers that it is given."""
        seen: set[Obj | None] = set()
        for obj in value:
            for inner in (obj, *self.held(obj)) if obj.kind == "data" else (obj,):
                if inner.kind == "inst" and (cls := self.class_of(inner)) not in seen:
                    seen.add(cls)
                    self.touch(inner)

    def touch(self, obj: Obj) -> None:
        """A library looks at a user's instance: its `__repr__`, `__len__`, `__eq__`, … may run."""
        cls = self.class_of(obj)
        if cls is None or obj in self.active:
            return
        for owner in self.mro(cls):
            for name, value in list(self.fields(owner).items()):
                if name.startswith("__") and name.endswith("__") and name not in NO_DUNDERS:
                    for func in value:
                        if func.kind == "func":
                            self.call_function(
                                func,
                                Arguments([frozenset((obj,))], {}, NOTHING, None),
                                receiver=frozenset((obj,)),
                            )

    def call_function(self, obj: Obj, args: Arguments, receiver: Value | None = None) -> Value:
        """Walk the body of one of the notebook's functions."""
        made: Function = obj.data
        self.fields(obj)  # what it captured is part of what the call depends on
        params = self.bind_arguments(made, args, receiver)
        running = self.active.get(obj)
        if running is not None:
            for name, value in params.items():
                old = running.scope.vars.get(name)
                if old is None or not value <= old.value:
                    running.scope.vars[name] = Binding((old.value if old else NOTHING) | value)
                    running.again = True
            return running.returns
        if made.cached and self.reads_values(made):
            self.world.handles = True
            obj.handle = "a function that remembers results which depend on names outside it"
            self.mutate((obj,), f"`{made.name}` remembers a result")
        self.calls += 1
        if self.calls > MAX_CALLS or len(self.stack) > MAX_DEPTH:
            return self.give_up(made, args, receiver)
        scope = Scope("function", made.names, made.scope, obj, made.owner)
        node = made.node
        every = [*node.args.posonlyargs, *node.args.args]
        scope.first = every[0].arg if every else ""
        active = Active(scope)
        self.active[obj] = active
        self.stack.append(active)
        outer, outer_certain, outer_loops, line = self.scope, self.certain, self.loops, self.line
        self.call_depth += 1
        self.certain = False
        consts = self.parameter_constants(made, args, receiver)
        entry = self.env
        for _ in range(4):
            active.again = False
            active.exits = []
            self.env = dict(entry)
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
            entry = self.env
            if not active.again:
                break
        self.dead = False
        self.call_depth -= 1
        self.scope, self.certain, self.loops = outer, outer_certain, outer_loops
        self.line = line
        self.stack.pop()
        del self.active[obj]
        if made.names.yields:
            late = frozenset(n for n in made.names.used - made.names.bound if self.is_variable(n))
            return self.new(
                "builtins.iterator", holds=active.yields, handle="a generator", data=late
            )
        return active.returns

    def is_variable(self, name: str) -> bool:
        """Is `name` bound in the notebook so far?"""
        return name in self.env or self.incoming(name) is not None

    def reads_values(self, made: Function) -> bool:
        """Does a function use any global that is not a module, function or class?"""
        for name in made.names.used - made.names.bound:
            binding = self.env.get(name) or self.incoming(name)
            if binding is not None and (
                not binding.value or any(o.kind in ("data", "inst") for o in binding.value)
            ):
                return True
        return False

    def parameter_constants(
        self, made: Function, args: Arguments, receiver: Value | None
    ) -> dict[str, Any]:
        """Constants handed to parameters, so that file names are known inside the function."""
        out: dict[str, Any] = {}
        if args.nodes is None:
            return out
        names = [a.arg for a in (*made.node.args.posonlyargs, *made.node.args.args)]
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

    def bind_arguments(
        self, made: Function, args: Arguments, receiver: Value | None
    ) -> dict[str, Value]:
        spec = made.node.args
        names = [a.arg for a in (*spec.posonlyargs, *spec.args)]
        given = list(args.positional) if receiver is None else [receiver, *args.positional]
        out: dict[str, Value] = {}
        for name, value in zip(names, given, strict=False):
            out[name] = value
        rest = given[len(names) :]
        for name in names[len(given) :]:
            out[name] = (
                made.defaults.get(name, NOTHING)
                | args.star
                | (self.elements(args.star) if args.star else NOTHING)
            )
        for kwonly in spec.kwonlyargs:
            out[kwonly.arg] = made.defaults.get(kwonly.arg, NOTHING) | args.star
        extra = NOTHING
        for key, value in args.keywords.items():
            if key in out:
                out[key] = value
            else:
                extra |= value
        if spec.vararg:
            held = args.star | (self.elements(args.star) if args.star else NOTHING)
            for value in rest:
                held |= value
            out[spec.vararg.arg] = self.new("builtins.tuple", holds=held) if held else NOTHING
        if spec.kwarg:
            out[spec.kwarg.arg] = self.new("builtins.dict", holds=extra | args.star)
        return out

    def give_up(self, made: Function, args: Arguments, receiver: Value | None) -> Value:
        """Too deep to follow: anything in reach may change."""
        everything = args.all() | (receiver or NOTHING)
        for name in sorted(made.names.used - made.names.bound):
            if name in self.env or self.incoming(name) is not None:
                everything |= self.read_global(name, f"may be read by `{made.name}`").value
        for name in sorted(made.names.global_):
            self.bind_global(name, everything, weak=True)
        return self.apply(
            UNKNOWN,
            everything,
            Arguments([], {}, NOTHING, None),
            f"`{made.name}`, too deep to follow",
        )

    # --------------------------------------------------------------- classes

    def class_of(self, obj: Obj) -> Obj | None:
        for cls in self.fields(obj).get(CLASS, NOTHING):
            return cls
        return None

    def mro(self, cls: Obj) -> list[Obj]:
        out: list[Obj] = []
        todo = [cls]
        while todo:
            item = todo.pop(0)
            if item not in out:
                out.append(item)
                todo.extend(item.data.bases)
        return out

    def find(self, obj: Obj, name: str) -> Value:
        """A method or class attribute of an instance (or class), by its bases in order."""
        cls = obj if obj.kind == "class" else self.class_of(obj)
        if cls is None:
            return NOTHING
        for owner in self.mro(cls):
            found = self.fields(owner).get(name)
            if found:
                return found
        return NOTHING

    def library_base(self, obj: Obj) -> str:
        cls = obj if obj.kind == "class" else self.class_of(obj)
        if cls is None:
            return ""
        for owner in self.mro(cls):
            for base in owner.data.lib_bases:
                if base != "builtins.object":
                    return str(base)
        return ""

    def instantiate(self, cls: Obj, args: Arguments) -> Value:
        made = self.new("", "inst")
        (obj,) = made
        self.hold(obj, CLASS, frozenset((cls,)))
        new = self.find(cls, "__new__")
        for func in new:
            if func.kind == "func":
                made |= self.call_function(func, args, receiver=frozenset((cls,)))
        init = self.find(cls, "__init__")
        for func in init:
            if func.kind == "func":
                self.call_function(func, args, receiver=frozenset((obj,)))
        if not init:
            everything = args.all()
            names = cls.data.order if cls.data.dataclass else []
            for name, factory in cls.data.factories.items():
                if name not in args.keywords and name not in names[: len(args.positional)]:
                    self.hold(obj, name, self.call(factory, Arguments([], {}, NOTHING, None)))
            for i, value in enumerate(args.positional):
                self.hold(obj, names[i] if i < len(names) else ELEMENTS, value)
            for key, value in args.keywords.items():
                self.hold(obj, key, value)
            self.hold(obj, ELEMENTS, args.star)
            if self.library_base(obj) and everything:
                self.hold(obj, ELEMENTS, everything)
            for func in self.find(cls, "__post_init__"):
                self.call_function(
                    func, Arguments([], {}, NOTHING, None), receiver=frozenset((obj,))
                )
        return made

    def make_function(self, node: FunctionNode, line: int) -> Obj:
        scan = ("names", id(node))
        names = self.world.function_names.get(scan)
        if names is None:
            names = self.world.function_names[scan] = (node, names_of(node))
        lines = self.stack[-1].scope.func.data.lines if self.stack else self.lines
        made = Function(node, self.scope, names[1], line, lines)
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
        positional = [*args.posonlyargs, *args.args]
        for arg, default in zip(
            positional[len(positional) - len(args.defaults) :], args.defaults, strict=True
        ):
            made.defaults[arg.arg] = self.evaluate(default)
        for arg, kw_default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            if kw_default is not None:
                made.defaults[arg.arg] = self.evaluate(kw_default)
        for value in made.defaults.values():
            self.hold(obj, ELEMENTS, value)
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
        return obj
