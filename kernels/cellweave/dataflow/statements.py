"""Walking statements: bindings, branches, loops, definitions, imports.

Branches are walked on copies of the bindings and joined; a loop body is walked twice, the second
time from where the first ended, so that what one iteration leaves is seen by the next.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from cellweave.dataflow.calls import Arguments, Class, Function
from cellweave.dataflow.expressions import Expressions
from cellweave.dataflow.heap import ELEMENTS, NOTHING, Binding, Obj, Value, join
from cellweave.dataflow.scopes import Scope, names_of
from cellweave.dataflow.state import ARRAYS, CONTAINERS, STAR

Env = dict[str, Binding]
Snapshot = tuple[Env, Env]
IN_PLACE = CONTAINERS | ARRAYS


class Statements(Expressions):
    """Execution of statements on abstract values."""

    def run(self, body: list[ast.stmt]) -> None:
        top = self.call_depth == 0
        for statement in body:
            if self.dead:
                break
            if top:
                self.line = statement.lineno
            handler = DO.get(type(statement))
            if handler is not None:
                handler(self, statement)

    # ------------------------------------------------------------- branching

    def snapshot(self) -> Snapshot:
        return dict(self.env), dict(self.scope.vars) if self.scope is not None else {}

    def restore(self, snap: Snapshot) -> None:
        self.env = dict(snap[0])
        if self.scope is not None:
            self.scope.vars = dict(snap[1])

    def meet(self, snaps: list[Snapshot]) -> Snapshot | None:
        """The joined bindings of branches that end here; `None` where none does."""
        if not snaps:
            return None
        env, variables = snaps[0]
        for other_env, other_vars in snaps[1:]:
            env = self.join_env(env, other_env)
            merged = dict(variables)
            for name, binding in other_vars.items():
                mine = merged.get(name)
                merged[name] = binding if mine is None or mine is binding else join(mine, binding)
            variables = merged
        return env, variables

    def arrive(self, snaps: list[Snapshot]) -> None:
        met = self.meet(snaps)
        if met is None:
            self.dead = True
        else:
            self.restore(met)
            self.dead = False

    def branch(self, start: Snapshot, body: list[ast.stmt], ends: list[Snapshot]) -> None:
        self.restore(start)
        self.dead = False
        self.run(body)
        if not self.dead:
            ends.append(self.snapshot())
        self.dead = False

    def do_if(self, node: ast.If) -> None:
        self.evaluate(node.test)
        truth = self.constant(node.test) if isinstance(node.test, ast.Constant) else None
        certain, self.certain = self.certain, False
        start = self.snapshot()
        ends: list[Snapshot] = []
        if truth is None or truth:
            self.branch(start, node.body, ends)
        if truth is None or not truth:
            self.branch(start, node.orelse, ends)
        self.certain = certain
        self.arrive(ends)

    def do_match(self, node: ast.Match) -> None:
        subject = self.evaluate(node.subject)
        certain, self.certain = self.certain, False
        start = self.snapshot()
        ends: list[Snapshot] = []
        total = False
        for case in node.cases:
            self.restore(start)
            self.capture(case.pattern, subject)
            self.evaluate(case.guard)
            self.branch(self.snapshot(), case.body, ends)
            if (
                isinstance(case.pattern, ast.MatchAs)
                and case.pattern.pattern is None
                and case.guard is None
            ):
                total = True
        if not total:
            ends.append(start)
        self.certain = certain
        self.arrive(ends)

    def capture(self, pattern: ast.pattern, subject: Value) -> None:
        inner = subject | self.elements(subject)
        for item in ast.walk(pattern):
            if isinstance(item, ast.MatchAs | ast.MatchStar) and item.name:
                whole = item is pattern or isinstance(pattern, ast.MatchAs | ast.MatchOr)
                self.bind(
                    item.name,
                    subject
                    if whole
                    and isinstance(item, ast.MatchAs)
                    and item.pattern is None
                    and item is pattern
                    else inner,
                )
            elif isinstance(item, ast.MatchMapping) and item.rest:
                self.bind(item.rest, self.new("builtins.dict", holds=inner))
            elif isinstance(item, ast.MatchValue):
                self.evaluate(item.value)
            elif isinstance(item, ast.MatchClass):
                self.evaluate(item.cls)

    def do_try(self, node: ast.Try) -> None:
        start = self.snapshot()
        certain, self.certain = self.certain, False
        ends: list[Snapshot] = []
        thrown = [start]
        for statement in node.body:  # it may stop after any of them
            if self.dead:
                break
            self.run([statement])
            if not self.dead:
                thrown.append(self.snapshot())
        reached = not self.dead
        if reached:
            self.run(node.orelse)
            if not self.dead:
                ends.append(self.snapshot())
        for handler in node.handlers:
            met = self.meet(thrown)
            self.restore(met or start)
            self.dead = False
            self.evaluate(handler.type)
            if handler.name:
                self.bind(handler.name, self.new())
            self.run(handler.body)
            if not self.dead:
                if handler.name:
                    self.unbind(handler.name)
                ends.append(self.snapshot())
        self.certain = certain
        self.arrive(ends)
        dead, self.dead = self.dead, False
        self.run(node.finalbody)
        self.dead = self.dead or dead

    # ----------------------------------------------------------------- loops

    def do_for(self, node: ast.For | ast.AsyncFor) -> None:
        value = self.evaluate(node.iter)
        elements = self.elements(value)
        for obj in value:
            if obj.handle:
                self.mutate((obj,), "consumed by a loop")
        self.loop(
            node.body,
            node.orelse,
            once=self.never_empty(node.iter),
            first=lambda: self.assign(node.target, elements),
        )

    def do_while(self, node: ast.While) -> None:
        forever = isinstance(node.test, ast.Constant) and bool(node.test.value)
        self.loop(node.body, node.orelse, once=forever, first=lambda: self.evaluate(node.test))

    def loop(
        self, body: list[ast.stmt], orelse: list[ast.stmt], *, once: bool, first: Callable[[], Any]
    ) -> None:
        start = self.snapshot()
        certain = self.certain
        self.certain = certain and once
        ends: list[Snapshot] = [] if once else [start]
        passes = 2 if len(self.loops) == 0 else 1
        for _ in range(passes):
            self.loops.append([])
            first()
            self.run(body)
            left = self.loops.pop()
            here = [self.snapshot()] if not self.dead else []
            here += left
            self.dead = False
            met = self.meet(here)
            if met is None:
                break
            ends.append(met)
            self.restore(met)
        self.certain = certain
        self.arrive(ends or [start])
        self.certain = False if not once else certain
        self.run(orelse)
        self.certain = certain

    def do_leave(self, node: ast.Break | ast.Continue) -> None:
        if self.loops:
            self.loops[-1].append(self.snapshot())
        self.dead = True

    def never_empty(self, node: ast.expr) -> bool:
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return any(not isinstance(item, ast.Starred) for item in node.elts)
        if isinstance(node, ast.Constant):
            return isinstance(node.value, str | bytes) and len(node.value) > 0
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "range" and self.qualified(node.func) == "builtins.range":
                given = [self.constant(arg) for arg in node.args]
                if given and all(isinstance(n, int) for n in given):
                    return len(range(*given)) > 0 if len(given) < 3 or given[2] else False
            if node.func.id in ("enumerate", "reversed", "sorted", "list") and node.args:
                return self.never_empty(node.args[0])
        return False

    # -------------------------------------------------------------- bindings

    def do_expr(self, node: ast.Expr) -> None:
        self.evaluate(node.value)

    def do_assign(self, node: ast.Assign) -> None:
        value = self.evaluate(node.value)
        const = self.constant(node.value)
        for target in node.targets:
            if isinstance(target, ast.Tuple | ast.List) and isinstance(
                node.value, ast.Tuple | ast.List
            ):
                self.unpack_display(target, node.value, value)
            else:
                self.assign(target, value, const)

    def unpack_display(
        self, target: ast.Tuple | ast.List, source: ast.Tuple | ast.List, value: Value
    ) -> None:
        """`a, b = b, a`: each name gets its own side's value."""
        starred = any(isinstance(item, ast.Starred) for item in (*target.elts, *source.elts))
        if starred or len(target.elts) != len(source.elts):
            self.assign(target, value)
            return
        values = [(self.evaluate(item), self.constant(item)) for item in source.elts]
        for item, (part, const) in zip(target.elts, values, strict=True):
            self.assign(item, part, const)

    def do_annassign(self, node: ast.AnnAssign) -> None:
        if self.scope is None or self.scope.kind == "class":
            self.evaluate(node.annotation)
        if (
            self.scope is not None
            and self.scope.kind == "class"
            and isinstance(node.target, ast.Name)
        ):
            owner = self.scope.owner
            if isinstance(owner, Obj):
                owner.data.order.append(node.target.id)
                if (
                    isinstance(node.value, ast.Call)
                    and self.qualified(node.value.func) == "dataclasses.field"
                ):
                    for keyword in node.value.keywords:
                        value = self.evaluate(keyword.value)
                        if keyword.arg == "default_factory":
                            owner.data.factories[node.target.id] = value
                    return
        if node.value is not None:
            self.assign(node.target, self.evaluate(node.value), self.constant(node.value))

    def do_augassign(self, node: ast.AugAssign) -> None:
        target = node.target
        right = self.evaluate(node.value)
        if isinstance(target, ast.Name):
            left = self.lookup(target.id, "updated").value
            const = self.constant(ast.BinOp(ast.Name(target.id, ast.Load()), node.op, node.value))
            self.bind(
                target.id,
                self.in_place(left, right, node, f"`{target.id}` is updated in place"),
                const,
            )
        else:
            owner = self.evaluate(target.value)
            if isinstance(target, ast.Attribute):
                left = self.attribute(owner, target.attr)
            else:
                self.evaluate(target.slice)
                left = (
                    self.item(owner, target.slice)
                    if owner and not self.is_environ(owner)
                    else NOTHING
                )
            result = self.in_place(left, right, node, "updated in place")
            self.assign(target, result, partial=True)

    def in_place(self, left: Value, right: Value, node: ast.AugAssign, cause: str) -> Value:
        if not left:
            return NOTHING if not right else self.combined(left, right)
        out = NOTHING
        op = type(node.op).__name__.lower()
        names = {
            "add": "iadd",
            "sub": "isub",
            "mult": "imul",
            "bitor": "ior",
            "bitand": "iand",
            "div": "itruediv",
            "mod": "imod",
        }
        for obj in left:
            if obj.kind == "inst":
                found = self.find(obj, f"__{names.get(op, op)}__")
                if found:
                    for func in found:
                        out |= self.call_function(
                            func, Arguments([right], {}, NOTHING, None), receiver=frozenset((obj,))
                        )
                    continue
                called = self.dunder(frozenset((obj,)), f"__{names.get(op, op)[1:]}__", right)
                out |= called if called is not None else self.combined(frozenset((obj,)), right)
            elif obj.type in IN_PLACE:
                if obj.type == "builtins.tuple":
                    out |= self.combined(frozenset((obj,)), right)
                    continue
                self.mutate((obj,), cause)
                if obj.type in CONTAINERS:
                    self.hold(obj, ELEMENTS, self.elements(right))
                out |= {obj}
            elif obj.kind == "data":
                self.mutate((obj,), cause, possible=not obj.type)
                out |= {obj}
            else:
                out |= {obj}
        return out

    def assign(
        self, target: ast.expr, value: Value, const: Any = None, *, partial: bool = False
    ) -> None:
        if isinstance(target, ast.Name):
            self.bind(target.id, value, const)
        elif isinstance(target, ast.Tuple | ast.List):
            starred = any(isinstance(item, ast.Starred) for item in target.elts)
            every = self.elements(value)
            for i, item in enumerate(target.elts):
                if isinstance(item, ast.Starred):
                    self.assign(item.value, self.new("builtins.list", holds=every))
                else:
                    self.assign(item, every if starred else self.part(value, i))
        elif isinstance(target, ast.Attribute):
            owner = self.evaluate(target.value)
            self.set_attribute(owner, target.attr, value, f"`.{target.attr} = …`")
        elif isinstance(target, ast.Subscript):
            owner = self.evaluate(target.value)
            self.evaluate(target.slice)
            self.set_item(owner, target.slice, value, target, partial=partial)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, value)

    def part(self, value: Value, index: int) -> Value:
        """What unpacking gives at a position."""
        out = NOTHING
        for obj in value:
            fields = self.fields(obj) if obj.type == "builtins.tuple" else {}
            if fields and ELEMENTS not in fields:
                out |= fields.get(str(index), NOTHING)
            else:
                out |= self.elements(frozenset((obj,)))
        return out

    def set_attribute(self, owner: Value, name: str, value: Value, cause: str) -> None:
        for obj in owner:
            if obj.kind in ("module", "lib"):
                self.set_library_attribute(obj, name, cause)
                continue
            if obj.kind == "inst":
                for func in self.find(obj, name) | self.find(obj, "__setattr__"):
                    if func.kind == "func" and (
                        func.data.static == "property" or func.data.name == "__setattr__"
                    ):
                        self.call_function(
                            func, Arguments([value], {}, NOTHING, None), receiver=frozenset((obj,))
                        )
            self.hold(obj, name, value)
            if obj.type == "decimal.Context":
                self.channel("~decimal", "draw", f"set by {cause}")
        self.mutate(owner, f"changed in place by {cause}")

    def set_library_attribute(self, obj: Obj, name: str, cause: str) -> None:
        package = obj.type.partition(".")[0]
        if package in ("pandas", "matplotlib", "numpy", "seaborn"):
            self.channel(
                f"~option:{'matplotlib' if package == 'seaborn' else package}",
                "draw",
                f"set by {cause}",
            )
        else:
            self.change_module(obj, f"set by {cause}")

    def change_module(self, obj: Obj, cause: str) -> None:
        """The state of a module changes; no value carries it, so its users stay together."""
        channel = f"~module:{obj.type}"
        self.channel(channel, "draw", cause)
        self.env[channel] = Binding(NOTHING, line=self.line)
        self.world.modules_change = True

    def set_item(
        self, owner: Value, index: ast.expr, value: Value, target: ast.Subscript, *, partial: bool
    ) -> None:
        if self.is_environ(owner):
            name = self.constant(index)
            self.channel(
                f"~env:{name}" if isinstance(name, str) else "~env:*",
                "write",
                "the environment is set",
            )
            return
        for obj in owner:
            if obj.kind == "lib":
                package = obj.type.partition(".")[0]
                short = "matplotlib" if package in ("matplotlib", "seaborn") else package
                if obj.type.endswith("rcParams"):
                    self.channel(f"~option:{short}", "draw", "set by `[…] = …`")
                else:
                    self.change_module(obj, "set by `[…] = …`")
                continue
            if obj.kind == "inst":
                for func in self.find(obj, "__setitem__"):
                    self.call_function(
                        func,
                        Arguments([NOTHING, value], {}, NOTHING, None),
                        receiver=frozenset((obj,)),
                    )
            if obj.type in ARRAYS:
                self.hold(
                    obj,
                    ELEMENTS,
                    frozenset(
                        o
                        for o in value
                        if o.type not in ARRAYS and o.kind in ("inst", "data") and o.type
                    ),
                )
            else:
                self.hold(obj, ELEMENTS, value)
        self.mutate(owner, "changed in place by `[…] = …`")
        self.mutate(
            self.worked_on_by(owner),
            "possibly changed through what holds it by `[…] = …`",
            possible=True,
        )

    def unbind(self, name: str) -> None:
        scope = self.scope
        if scope is None or name in scope.names.global_:
            self.unbind_global(name)
        else:
            scope.vars.pop(name, None)

    def do_delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            for item in target.elts if isinstance(target, ast.Tuple | ast.List) else [target]:
                if isinstance(item, ast.Name):
                    self.lookup(item.id, "deleted")
                    self.unbind(item.id)
                elif isinstance(item, ast.Attribute):
                    self.mutate(
                        self.evaluate(item.value), f"changed in place by `del .{item.attr}`"
                    )
                elif isinstance(item, ast.Subscript):
                    owner = self.evaluate(item.value)
                    self.evaluate(item.slice)
                    if self.is_environ(owner):
                        name = self.constant(item.slice)
                        self.channel(
                            f"~env:{name}" if isinstance(name, str) else "~env:*",
                            "write",
                            "the environment is set",
                        )
                    self.mutate(owner, "changed in place by `del […]`")

    # ----------------------------------------------------------- definitions

    def do_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        decorators = [(d, self.evaluate(d)) for d in node.decorator_list]
        if not self.postponed:
            args = node.args
            for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg):
                if arg is not None and arg.annotation is not None:
                    self.evaluate(arg.annotation)
            self.evaluate(node.returns)
        obj = self.make_function(node, node.lineno)
        made: Function = obj.data
        value: Value = frozenset((obj,))
        for decorator, target in reversed(decorators):
            value = self.decorate(decorator, target, value, made)
        self.bind(node.name, value)

    def decorate(
        self, decorator: ast.expr, target: Value, value: Value, made: Function | None
    ) -> Value:
        name = (
            decorator.id
            if isinstance(decorator, ast.Name)
            else decorator.attr
            if isinstance(decorator, ast.Attribute)
            else ""
        )
        if made is not None:
            if name in ("staticmethod", "classmethod", "property", "cached_property"):
                made.static = {"staticmethod": "static", "classmethod": "class"}.get(
                    name, "property"
                )
                return value
            if name in ("setter", "getter", "deleter"):
                made.static = "property"
                return value | target
        if name == "register" or (
            isinstance(decorator, ast.Call)
            and isinstance(decorator.func, ast.Attribute)
            and decorator.func.attr == "register"
        ):
            place = decorator.func if isinstance(decorator, ast.Call) else decorator
            owner = self.evaluate(place.value) if isinstance(place, ast.Attribute) else NOTHING
            for obj in owner:
                self.hold(obj, ELEMENTS, value)
            self.mutate(owner, "changed in place by `.register`")
        if all(obj.kind in ("lib", "module") for obj in target):
            if made is not None and self.qualified(
                decorator.func if isinstance(decorator, ast.Call) else decorator
            ) in ("functools.lru_cache", "functools.cache"):
                made.cached = True
            return value
        if (
            isinstance(decorator, ast.Call)
            and self.qualified(decorator.func)
            and not self.qualified(decorator.func).startswith("builtins.")
        ):
            if made is not None and self.qualified(decorator.func) in (
                "functools.lru_cache",
                "functools.cache",
            ):
                made.cached = True
            return value | frozenset(o for o in target if o.kind != "data")
        result = self.call(target, Arguments([value], {}, NOTHING, None), name)
        return result or value

    def do_class(self, node: ast.ClassDef) -> None:
        decorators = [(d, self.evaluate(d)) for d in node.decorator_list]
        bases: list[Obj] = []
        libraries: list[str] = []
        for base in node.bases:
            for obj in self.evaluate(base):
                if obj.kind == "class":
                    bases.append(obj)
                elif obj.kind in ("lib", "module"):
                    libraries.append(obj.type)
        for keyword in node.keywords:
            self.evaluate(keyword.value)
        made = Class(node.name, bases, libraries)
        made.order = [name for base in bases for name in base.data.order]
        for base in bases:
            made.factories.update(base.data.factories)
        (cls,) = self.new("", "class", data=made)
        self.heap[cls] = {}
        self.world.classes[cls] = self.position
        key = ("names", id(node))
        known = self.world.function_names.get(key)
        if known is None:
            known = self.world.function_names[key] = (node, names_of(node))
        outer = self.scope
        scope = Scope("class", known[1], outer, None, cls)
        self.scope = scope
        self.run(node.body)
        self.scope = outer
        for base in bases:
            for func in self.find(base, "__init_subclass__"):
                self.call_function(
                    func, Arguments([], {}, NOTHING, None), receiver=frozenset((cls,))
                )
        for name, binding in scope.vars.items():
            for obj in binding.value:
                if obj.kind == "func" and obj.data.owner is None:
                    obj.data.owner = cls
            self.hold(cls, name, binding.value)
        for obj in bases:
            self.hold(cls, "__bases__", frozenset((obj,)))
        value: Value = frozenset((cls,))
        for decorator, target in reversed(decorators):
            qualified = self.qualified(
                decorator.func if isinstance(decorator, ast.Call) else decorator
            )
            if qualified in (
                "dataclasses.dataclass",
                "attr.s",
                "attr.define",
                "attrs.define",
                "attrs.frozen",
            ):
                made.dataclass = True
            else:
                value = self.decorate(decorator, target, value, None)
        if any(base.endswith(("NamedTuple", "BaseModel", "Struct")) for base in libraries) or any(
            b.data.dataclass for b in bases
        ):
            made.dataclass = True
        self.bind(node.name, value)

    def do_return(self, node: ast.Return) -> None:
        value = self.evaluate(node.value)
        if self.stack:
            self.stack[-1].returns |= value
            self.stack[-1].exits.append(dict(self.env))
        self.dead = True

    def do_raise(self, node: ast.Raise) -> None:
        self.evaluate(node.exc)
        self.evaluate(node.cause)
        self.dead = True

    def do_assert(self, node: ast.Assert) -> None:
        self.evaluate(node.test)
        self.evaluate(node.msg)

    def do_with(self, node: ast.With | ast.AsyncWith) -> None:
        leaving: list[tuple[Obj, Value]] = []
        suppress = False
        for item in node.items:
            value = self.evaluate(item.context_expr)
            if isinstance(item.context_expr, ast.Call):
                suppress = (
                    suppress or self.qualified(item.context_expr.func) == "contextlib.suppress"
                )
            inner = NOTHING
            for obj in value:
                if obj.kind == "inst":
                    for func in self.find(obj, "__enter__") | self.find(obj, "__aenter__"):
                        inner |= self.call_function(
                            func, Arguments([], {}, NOTHING, None), receiver=frozenset((obj,))
                        )
                    leaving.append((obj, self.find(obj, "__exit__") | self.find(obj, "__aexit__")))
                elif obj.handle == "a generator":
                    inner |= self.elements(frozenset((obj,)))
                else:
                    inner |= {obj}
            if item.optional_vars is not None:
                self.assign(item.optional_vars, inner)
        start = self.snapshot() if suppress else None
        self.run(node.body)
        if start is not None:
            ends = [start] + ([] if self.dead else [self.snapshot()])
            self.arrive(ends)
        for obj, functions in leaving:
            for func in functions:
                self.call_function(
                    func,
                    Arguments([NOTHING, NOTHING, NOTHING], {}, NOTHING, None),
                    receiver=frozenset((obj,)),
                )

    # --------------------------------------------------------------- imports

    def do_import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.local_module(alias.name)
            if alias.asname:
                self.bind(alias.asname, frozenset((self.world.module(alias.name),)))
            else:
                top = alias.name.partition(".")[0]
                self.bind(top, frozenset((self.world.module(top),)))

    def do_import_from(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        if module == "__future__":
            self.postponed = self.postponed or any(
                alias.name == "annotations" for alias in node.names
            )
        self.local_module(module)
        for alias in node.names:
            if alias.name == "*":
                old = self.env.get(STAR) or self.incoming(STAR)
                self.env[STAR] = Binding(
                    (old.value if old else NOTHING) | {self.world.module(module)}, line=self.line
                )
                continue
            self.bind(
                alias.asname or alias.name, frozenset((self.world.lib(f"{module}.{alias.name}"),))
            )

    def local_module(self, name: str) -> None:
        top = name.lstrip(".").partition(".")[0]
        if name.startswith(".") or top in self.world.local_modules:
            self.external("module", name)


DO: dict[type, Callable[[Any, Any], None]] = {
    ast.Expr: Statements.do_expr,
    ast.Assign: Statements.do_assign,
    ast.AnnAssign: Statements.do_annassign,
    ast.AugAssign: Statements.do_augassign,
    ast.For: Statements.do_for,
    ast.AsyncFor: Statements.do_for,
    ast.While: Statements.do_while,
    ast.If: Statements.do_if,
    ast.With: Statements.do_with,
    ast.AsyncWith: Statements.do_with,
    ast.Try: Statements.do_try,
    ast.TryStar: Statements.do_try,
    ast.Match: Statements.do_match,
    ast.FunctionDef: Statements.do_function,
    ast.AsyncFunctionDef: Statements.do_function,
    ast.ClassDef: Statements.do_class,
    ast.Return: Statements.do_return,
    ast.Delete: Statements.do_delete,
    ast.Import: Statements.do_import,
    ast.ImportFrom: Statements.do_import_from,
    ast.Raise: Statements.do_raise,
    ast.Assert: Statements.do_assert,
    ast.Break: Statements.do_leave,
    ast.Continue: Statements.do_leave,
}
"""What walks each kind of statement."""


def walk_names(nodes: Iterable[ast.AST]) -> set[str]:
    """Every name loaded anywhere in `nodes`."""
    return {n.id for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name)}
