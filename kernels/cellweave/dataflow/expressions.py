"""What an expression may evaluate to, and what evaluating it reads and changes."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from cellweave.dataflow.calls import FRESH, Arguments, Calls
from cellweave.dataflow.heap import ELEMENTS, NOTHING, Binding, Obj, Value
from cellweave.dataflow.scopes import Names, Scope
from cellweave.dataflow.state import CONTAINERS

PATH_JOINS = frozenset({"os.path.join", "posixpath.join"})
PATH_TYPES = frozenset({"pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath"})
ENVIRON = "os.environ"
_DUNDER = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv",
    ast.Mod: "mod", ast.Pow: "pow", ast.LShift: "lshift", ast.RShift: "rshift", ast.BitOr: "or",
    ast.BitXor: "xor", ast.BitAnd: "and", ast.MatMult: "matmul",
    ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne",
}  # fmt: skip


class Expressions(Calls):
    """Evaluation of expressions on abstract values."""

    def evaluate(self, node: ast.expr | None) -> Value:
        if node is None:
            return NOTHING
        on = ON.get(type(node))
        return on(self, node) if on else NOTHING

    def on_lambda(self, node: ast.Lambda) -> Value:
        return frozenset((self.make_function(node, node.lineno),))

    def on_list(self, node: ast.List) -> Value:
        return self.display("builtins.list", node.elts)

    def on_set(self, node: ast.Set) -> Value:
        return self.display("builtins.set", node.elts)

    def on_listcomp(self, node: ast.ListComp) -> Value:
        return self.on_comprehension(node, [node.elt], "builtins.list")

    def on_setcomp(self, node: ast.SetComp) -> Value:
        return self.on_comprehension(node, [node.elt], "builtins.set")

    def on_dictcomp(self, node: ast.DictComp) -> Value:
        return self.on_comprehension(node, [node.key, node.value], "builtins.dict")

    def on_generator(self, node: ast.GeneratorExp) -> Value:
        return self.on_comprehension(node, [node.elt], "builtins.iterator")

    def on_starred(self, node: ast.Starred) -> Value:
        return self.elements(self.evaluate(node.value))

    def on_await(self, node: ast.Await) -> Value:
        return self.evaluate(node.value)

    # ----------------------------------------------------------------- names

    def lookup(self, name: str, cause: str = "read") -> Binding:
        scope = self.scope
        if scope is None:
            return self.read_global(name, cause)
        if name in scope.names.global_:
            return self.read_global(name, cause)
        first = True
        while scope is not None:
            if first or scope.kind != "class":
                found = scope.vars.get(name)
                if found is not None:
                    return found
                if name in scope.names.bound and scope.kind != "class":
                    return Binding(NOTHING)
                if name in scope.names.global_:
                    break
            first = False
            scope = scope.parent
        return self.read_global(name, cause if cause != "read" else self.through())

    def lookup_name(self, name: str) -> Value:
        return self.lookup(name).value

    def through(self) -> str:
        return f"read by `{self.stack[-1].scope.func.data.name}()`" if self.stack else "read"

    def on_name(self, node: ast.Name) -> Value:
        if self.call_depth == 0:
            self.line = node.lineno
        return self.lookup(node.id).value

    def bind(self, name: str, value: Value, const: Any = None) -> None:
        scope = self.scope
        while scope is not None and scope.kind == "comp":
            if name in scope.names.bound:
                break
            scope = scope.parent
        if scope is None or name in scope.names.global_:
            if scope is not None and not self.stack:
                self.bind_global(name, value, const=const)
            else:
                self.bind_global(name, value, const=const)
            return
        if name in scope.names.nonlocal_:
            outer = scope.parent
            while outer is not None:
                if name in outer.vars and outer.kind == "function":
                    outer.vars[name] = Binding(value | outer.vars[name].value)
                    break
                outer = outer.parent
            if outer is not None and outer.closure is not None:
                self.hold(outer.closure, name, value)
                self.mutate((outer.closure,), f"changed by a closure that sets `{name}`")
            return
        scope.vars[name] = Binding(value, const=const, line=self.line)

    def on_walrus(self, node: ast.NamedExpr) -> Value:
        value = self.evaluate(node.value)
        self.bind(node.target.id, value, self.constant(node.value))
        return value

    # ------------------------------------------------------ attribute and item

    def on_attribute(self, node: ast.Attribute) -> Value:
        owner = self.evaluate(node.value)
        return self.attribute(owner, node.attr)

    def attribute(self, owner: Value, name: str) -> Value:
        out = NOTHING
        for obj in owner:
            kind = obj.kind
            if kind == "module" or kind == "lib":
                out |= self.library_attribute(obj, name)
            elif kind == "data":
                out |= self.data_attribute(obj, name)
            else:
                fields = self.fields(obj)
                own = fields.get(name, NOTHING) | fields.get(
                    ELEMENTS, NOTHING if kind != "inst" else NOTHING
                )
                found = self.find(obj, name) if kind in ("inst", "class") else NOTHING
                for func in found:
                    if func.kind == "func" and kind == "inst":
                        if func.data.static == "property":
                            out |= self.call_function(
                                func, Arguments([], {}, NOTHING, None), receiver=frozenset((obj,))
                            )
                        elif func.data.static == "static":
                            out |= {func}
                        else:
                            out |= {self.bound_method(func, obj)}
                    else:
                        out |= {func}
                if name == "__class__" and kind == "inst":
                    cls = self.class_of(obj)
                    out |= {cls} if cls else NOTHING
                elif name == "__dict__":
                    out |= {obj}
                elif not own and not found and kind == "inst":
                    getter = self.find(obj, "__getattr__")
                    for func in getter:
                        out |= self.call_function(
                            func,
                            Arguments([NOTHING], {}, NOTHING, None),
                            receiver=frozenset((obj,)),
                        )
                    if not getter and self.library_base(obj):
                        out |= {obj}
                out |= own
                if kind == "inst":
                    out |= fields.get(ELEMENTS, NOTHING)
        return out

    def bound_method(self, func: Obj, obj: Obj) -> Obj:
        key = ("method", func.key, obj.key)
        known = self.world.objects.get(key)
        if known is None or known.data[0] is not func:
            known = Obj(key, "method", cell=self.cell, data=(func, frozenset((obj,))))
            self.world.objects[key] = known
        if known not in self.heap:
            self.heap[known] = {ELEMENTS: frozenset((obj, func))}
        return known

    def library_method(self, obj: Obj, name: str) -> Obj:
        """`xs.append` without a call: a method that keeps its receiver."""
        key = ("method", name, obj.key)
        known = self.world.objects.get(key)
        if known is None:
            known = self.world.objects[key] = Obj(
                key, "method", cell=self.cell, data=(name, frozenset((obj,)))
            )
        if known not in self.heap:
            self.heap[known] = {ELEMENTS: frozenset((obj,))}
        return known

    def data_attribute(self, obj: Obj, name: str) -> Value:
        info = self.tables.type(obj.type) if obj.type else None
        how = info.attributes.get(name) if info else None
        stored = self.fields(obj).get(name, NOTHING)
        if how == "scalar":
            return stored
        if how == "fresh":
            return self.new() | stored
        if how and how not in ("view", "elem"):
            return self.view(frozenset((obj,)), how) | stored
        if obj.type and not how and not stored and self.tables.method(obj.type, name) is not None:
            return frozenset((self.library_method(obj, name),))
        if obj.type in CONTAINERS:
            return stored
        return stored | self.held(obj) | {obj}

    def on_subscript(self, node: ast.Subscript) -> Value:
        owner = self.evaluate(node.value)
        self.evaluate(node.slice)
        if not owner:
            return NOTHING
        if self.is_environ(owner):
            self.read_environ(node.slice)
            return NOTHING
        return self.item(owner, node.slice)

    def item(self, owner: Value, index: ast.expr) -> Value:
        out = NOTHING
        for obj in owner:
            if obj.kind in ("module", "lib", "func", "method"):
                continue
            if obj.kind == "class":
                out |= {obj}
                continue
            held = self.held(obj)
            if obj.kind == "inst":
                methods = self.find(obj, "__getitem__")
                for func in methods:
                    out |= self.call_function(
                        func, Arguments([NOTHING], {}, NOTHING, None), receiver=frozenset((obj,))
                    )
                if not methods:
                    out |= held | {obj}
            elif obj.type in CONTAINERS:
                if obj.type == "collections.defaultdict":
                    self.mutate((obj,), "read with `[…]`, which may insert")
                at = self.constant(index) if obj.type == "builtins.tuple" else None
                fields = self.fields(obj)
                if isinstance(index, ast.Slice):
                    out |= self.new(obj.type, holds=held)
                elif isinstance(at, int) and str(at) in fields:
                    out |= fields[str(at)] | fields.get(ELEMENTS, NOTHING)
                else:
                    out |= held
            elif self.copies(index):
                made = self.new(obj.type)
                for new in made:
                    self.hold(new, ELEMENTS, held)
                out |= made
            else:
                how = self.tables.type(obj.type).index if obj.type else "view"
                if how == "scalar":
                    continue
                if how == "fresh":
                    out |= self.new()
                elif how == "elem":
                    out |= held
                else:
                    out |= self.view(frozenset((obj,)), self.item_type(obj, index)) | held
        return out

    def item_type(self, obj: Obj, index: ast.expr) -> str:
        if obj.type == "pandas.DataFrame" and isinstance(index, ast.Constant):
            return "pandas.Series"
        return obj.type

    def copies(self, index: ast.expr) -> bool:
        """A mask or a list as index makes a copy, in numpy and pandas alike."""
        if isinstance(index, ast.Compare | ast.List | ast.ListComp):
            return True
        if isinstance(index, ast.UnaryOp) and isinstance(index.op, ast.Invert | ast.Not):
            return True
        if isinstance(index, ast.BinOp) and isinstance(
            index.op, ast.BitAnd | ast.BitOr | ast.BitXor
        ):
            return True
        if isinstance(index, ast.Tuple):
            return any(self.copies(item) for item in index.elts)
        if isinstance(index, ast.Call) and isinstance(index.func, ast.Attribute):
            return index.func.attr in (
                "isin",
                "between",
                "isna",
                "isnull",
                "notna",
                "notnull",
                "duplicated",
                "contains",
                "startswith",
                "endswith",
                "argsort",
            )
        return False

    def is_environ(self, owner: Value) -> bool:
        return any(obj.kind == "lib" and obj.type == ENVIRON for obj in owner)

    def read_environ(self, key: ast.expr) -> None:
        name = self.constant(key)
        self.channel(
            f"~env:{name}" if isinstance(name, str) else "~env:*", "read", "the environment is read"
        )

    def on_slice(self, node: ast.Slice) -> Value:
        self.evaluate(node.lower)
        self.evaluate(node.upper)
        self.evaluate(node.step)
        return NOTHING

    # ------------------------------------------------------------- operators

    def on_binop(self, node: ast.BinOp) -> Value:
        left = self.evaluate(node.left)
        right = self.evaluate(node.right)
        if not left and not right:
            return NOTHING
        name = _DUNDER.get(type(node.op), "")
        if name == "mod" and not left:
            for obj in right | self.elements(right):
                self.touch(obj)
        called = self.dunder(left, f"__{name}__", right)
        if not called:
            called = self.dunder(right, f"__r{name}__", left)
        if called is not None:
            return called
        return self.combined(left, right)

    def dunder(self, left: Value, name: str, right: Value) -> Value | None:
        """The result of a user-defined operator, where one of `left` defines it."""
        out: Value | None = None
        for obj in left:
            if obj.kind == "inst":
                for func in self.find(obj, name):
                    if func.kind == "func":
                        got = self.call_function(
                            func, Arguments([right], {}, NOTHING, None), receiver=frozenset((obj,))
                        )
                        out = got if out is None else out | got
        return out

    def combined(self, left: Value, right: Value) -> Value:
        """A new object from two operands: a container of both's elements, or one of their type."""
        types = {obj.type for obj in (*left, *right) if obj.kind == "data"}
        holds = NOTHING
        for obj in (*left, *right):
            if obj.kind == "data" and obj.type in CONTAINERS:
                holds |= self.held(obj)
        for type in ("builtins.list", "builtins.tuple", "builtins.set", "builtins.dict"):
            if type in types and not any(t and t not in CONTAINERS for t in types):
                if type == "builtins.tuple" and not holds:
                    return NOTHING
                return self.new(type, holds=holds)
        for type in ("pandas.DataFrame", "pandas.Series", "numpy.ndarray"):
            if type in types:
                return self.new(type)
        return self.new(types.pop() if len(types) == 1 else "")

    def on_boolop(self, node: ast.BoolOp) -> Value:
        out = self.evaluate(node.values[0])
        certain, self.certain = self.certain, False
        env = self.env
        for item in node.values[1:]:
            self.env = dict(self.env)
            out |= self.evaluate(item)
            self.env = self.join_env(env, self.env)
            env = self.env
        self.certain = certain
        return out

    def on_compare(self, node: ast.Compare) -> Value:
        values = [self.evaluate(node.left)]
        values.extend(self.evaluate(item) for item in node.comparators)
        if all(isinstance(op, ast.Is | ast.IsNot) for op in node.ops):
            both = [v for v in values if v]
            if len(both) > 1:
                self.compared.append((both[0] | both[1], self.line))
            return NOTHING
        if all(isinstance(op, ast.In | ast.NotIn) for op in node.ops):
            for value in values[1:]:
                self.dunder(value, "__contains__", values[0])
            return NOTHING
        if not any(values):
            return NOTHING
        called = None
        for op in node.ops:
            called = self.dunder(values[0], f"__{_DUNDER.get(type(op), '')}__", values[1])
        if called is not None:
            return called
        if all(o.kind == "data" and o.type in CONTAINERS for v in values for o in v):
            return NOTHING
        types = {o.type for v in values for o in v if o.kind == "data"}
        for type_ in ("pandas.DataFrame", "pandas.Series", "numpy.ndarray"):
            if type_ in types:
                return self.new(type_)
        return self.new()

    def on_unary(self, node: ast.UnaryOp) -> Value:
        value = self.evaluate(node.operand)
        if isinstance(node.op, ast.Not) or not value:
            return NOTHING
        return self.combined(value, NOTHING)

    def on_ifexp(self, node: ast.IfExp) -> Value:
        self.evaluate(node.test)
        certain, self.certain = self.certain, False
        env = self.env
        self.env = dict(env)
        out = self.evaluate(node.body)
        after = self.env
        self.env = dict(env)
        out |= self.evaluate(node.orelse)
        self.env = self.join_env(after, self.env)
        self.certain = certain
        return out

    # ------------------------------------------------------------- displays

    def display(self, type: str, items: list[ast.expr]) -> Value:
        holds = NOTHING
        for item in items:
            holds |= self.evaluate(item)
        return self.new(type, holds=holds)

    def on_tuple(self, node: ast.Tuple) -> Value:
        parts = [self.evaluate(item) for item in node.elts]
        if any(isinstance(item, ast.Starred) for item in node.elts):
            holds = frozenset(obj for part in parts for obj in part)
            return self.new("builtins.tuple", holds=holds) if holds else NOTHING
        return self.tuple_of(parts)

    def on_dict(self, node: ast.Dict) -> Value:
        holds = NOTHING
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                holds |= self.elements(self.evaluate(value))
            else:
                holds |= self.evaluate(key) | self.evaluate(value)
        return self.new("builtins.dict", holds=holds)

    def on_comprehension(
        self,
        node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp,
        results: list[ast.expr],
        type: str,
    ) -> Value:
        first = self.evaluate(node.generators[0].iter)
        names = Names()
        for generator in node.generators:
            for item in ast.walk(generator.target):
                if isinstance(item, ast.Name):
                    names.bound.add(item.id)
        outer, certain = self.scope, self.certain
        self.scope = Scope("comp", names, outer)
        self.certain = False
        env = self.env
        self.env = dict(env)
        for i, generator in enumerate(node.generators):
            value = first if i == 0 else self.evaluate(generator.iter)
            self.assign(generator.target, self.elements(value))
            for test in generator.ifs:
                self.evaluate(test)
        holds = NOTHING
        for result in results:
            holds |= self.evaluate(result)
        self.scope, self.certain = outer, certain
        self.env = self.join_env(env, self.env)
        if type == "builtins.iterator":
            used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} - names.bound
            late = frozenset(name for name in used if self.is_variable(name))
            return self.new(type, holds=holds, handle="a generator", data=late)
        return self.new(type, holds=holds)

    def on_fstring(self, node: ast.JoinedStr) -> Value:
        for item in node.values:
            if isinstance(item, ast.FormattedValue):
                for obj in self.evaluate(item.value):
                    if obj.kind == "inst":
                        self.touch(obj)
                if item.format_spec is not None:
                    self.evaluate(item.format_spec)
        return NOTHING

    def on_yield(self, node: ast.Yield) -> Value:
        value = self.evaluate(node.value)
        if self.stack:
            self.stack[-1].yields |= value
        return NOTHING

    def on_yield_from(self, node: ast.YieldFrom) -> Value:
        value = self.elements(self.evaluate(node.value))
        if self.stack:
            self.stack[-1].yields |= value
        return value

    # ----------------------------------------------------------------- calls

    def on_call(self, node: ast.Call) -> Value:
        func = node.func
        if type(func) is ast.Name:
            special = self.special(func.id, node)
            if special is not None:
                return special
            args = self.arguments(node)
            if self.call_depth == 0:
                self.line = node.lineno
            target = self.lookup(func.id).value
            if func.id in self.pure:
                return self.apply(FRESH, None, args, f"{func.id}()")
            if self.call_depth == 0:
                self.line = node.lineno
            return self.call(target, args, func.id)
        if type(func) is ast.Attribute:
            inner = func.value
            if (
                type(inner) is ast.Call
                and type(inner.func) is ast.Name
                and inner.func.id == "super"
            ):
                return self.super_call(func.attr, self.arguments(node))
            receiver = self.evaluate(inner)
            args = self.arguments(node)
            if self.call_depth == 0:
                self.line = node.lineno
            if self.is_environ(receiver):
                return self.environ_method(func.attr, node)
            if isinstance(inner, ast.Name) and inner.id in self.pure:
                return self.apply(FRESH, receiver, args, f".{func.attr}()")
            path = self.path_method(func, node)
            if path is not None:
                return path
            return self.call_method(receiver, func.attr, args)
        target = self.evaluate(func)
        return self.call(target, self.arguments(node))

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

    def super_call(self, name: str, args: Arguments) -> Value:
        scope = self.scope
        while scope is not None and (scope.kind != "function" or scope.owner is None):
            scope = scope.parent
        if scope is None:
            return self.new()
        selfs = scope.vars[scope.first].value if scope.first in scope.vars else NOTHING
        for base in scope.owner.data.bases:
            for owner in self.mro(base):
                found = self.fields(owner).get(name)
                if found:
                    out = NOTHING
                    for func in found:
                        if func.kind == "func":
                            out |= self.call_function(func, args, receiver=selfs)
                    return out
        everything = args.all()
        for obj in selfs:
            self.hold(obj, ELEMENTS, everything)
        if name not in ("__init__", "__init_subclass__", "__new__"):
            self.mutate(selfs, f"possibly changed by super().{name}()", possible=True)
        return selfs if name == "__new__" else NOTHING

    def special(self, name: str, node: ast.Call) -> Value | None:
        """Calls whose meaning is in their syntax."""
        handler = self._special.get(name)
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

    _special: dict[str, Callable[[Any, ast.Call], Value | None]] = {}

    def environ_method(self, name: str, node: ast.Call) -> Value:
        raise NotImplementedError

    def path_method(self, func: ast.Attribute, node: ast.Call) -> Value | None:
        raise NotImplementedError

    def assign(self, target: ast.expr, value: Value, const: Any = None) -> None:
        raise NotImplementedError

    # ------------------------------------------------------------- constants

    def constant(self, node: ast.expr | None) -> Any:
        """The value of an expression that is constant here, else `None`."""
        if node is None:
            return None
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            scope = self.scope
            while scope is not None:
                if node.id in scope.vars:
                    return scope.vars[node.id].const
                scope = scope.parent
            binding = self.env.get(node.id) or self.incoming(node.id)
            return binding.const if binding is not None and not binding.weak else None
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Div):
            left, right = self.constant(node.left), self.constant(node.right)
            if isinstance(left, str) and isinstance(right, str):
                if isinstance(node.op, ast.Add):
                    return left + right
                return f"{left.rstrip('/')}/{right}"
            return None
        if isinstance(node, ast.JoinedStr):
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
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name | ast.Attribute):
                name = self.qualified(node.func)
                if (
                    name in PATH_JOINS
                    or name in PATH_TYPES
                    or name in ("builtins.str", "os.fspath", "os.path.expanduser")
                ):
                    given = [self.constant(arg) for arg in node.args]
                    if given and all(isinstance(part, str) for part in given):
                        return "/".join(
                            part.rstrip("/") if i < len(given) - 1 else part
                            for i, part in enumerate(given)
                        )
            return None
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            number = self.constant(node.operand)
            return -number if isinstance(number, int | float) else None
        return None

    def qualified(self, node: ast.expr) -> str:
        """The qualified library name that an expression spells, or ""."""
        if isinstance(node, ast.Name):
            scope = self.scope
            while scope is not None:
                if node.id in scope.vars:
                    return ""
                scope = scope.parent
            binding = self.env.get(node.id) or self.incoming(node.id)
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


ON: dict[type, Callable[[Any, Any], Value]] = {
    ast.Name: lambda walk, node: walk.on_name(node),
    ast.Attribute: lambda walk, node: walk.on_attribute(node),
    ast.Call: lambda walk, node: walk.on_call(node),
    ast.Subscript: lambda walk, node: walk.on_subscript(node),
    ast.BinOp: Expressions.on_binop,
    ast.BoolOp: Expressions.on_boolop,
    ast.Compare: Expressions.on_compare,
    ast.UnaryOp: Expressions.on_unary,
    ast.IfExp: Expressions.on_ifexp,
    ast.Lambda: Expressions.on_lambda,
    ast.List: Expressions.on_list,
    ast.Set: Expressions.on_set,
    ast.Tuple: Expressions.on_tuple,
    ast.Dict: Expressions.on_dict,
    ast.ListComp: Expressions.on_listcomp,
    ast.SetComp: Expressions.on_setcomp,
    ast.DictComp: Expressions.on_dictcomp,
    ast.GeneratorExp: Expressions.on_generator,
    ast.JoinedStr: Expressions.on_fstring,
    ast.NamedExpr: Expressions.on_walrus,
    ast.Starred: Expressions.on_starred,
    ast.Await: Expressions.on_await,
    ast.Yield: Expressions.on_yield,
    ast.YieldFrom: Expressions.on_yield_from,
    ast.Slice: Expressions.on_slice,
}
"""What evaluates each kind of expression; constants are immutable and are not in it."""
