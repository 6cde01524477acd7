"""Calls whose meaning the tables cannot hold: `open`, `exec`, `setattr`, magics, shell lines, …"""

from __future__ import annotations

import ast
import shlex
from collections.abc import Callable
from typing import Any, Final

from cellweave.dataflow.calls import Arguments, Class
from cellweave.dataflow.heap import ELEMENTS, NOTHING, Binding, Value
from cellweave.dataflow.source import CELL_MAGIC, MAGIC, SHELL, interpolations, parse
from cellweave.dataflow.state import STAR
from cellweave.dataflow.statements import Statements

OPTION_MAGICS: Final = frozenset(
    {
        "matplotlib",
        "config",
        "load_ext",
        "reload_ext",
        "unload_ext",
        "autoreload",
        "precision",
        "xmode",
        "colors",
        "pprint",
        "gui",
        "automagic",
        "aimport",
    }
)
"""Line magics that only set options: they replay in every process."""
QUIET_MAGICS: Final = frozenset(
    {"who", "whos", "who_ls", "pwd", "ls", "timeit", "pinfo", "pinfo2", "psearch", "lsmagic", "history", "hist", "man", "pdoc", "psource", "pfile",
     "pip", "conda", "mamba", "uv", "time", "watermark", "magic", "quickref", "notebook", "dirs", "memit", "prun", "lprun", "mprun", "doctest_mode", "logstart", "page", "alias", "rerun", "recall", "tb", "debug", "pdb"}
)  # fmt: skip
HARMLESS_COMMANDS: Final = frozenset(
    {"echo", "ls", "cat", "head", "tail", "wc", "pwd", "date", "which", "whoami", "hostname", "python", "python3", "pip", "pip3", "conda", "nproc", "free", "df", "du", "grep",
     "nvidia-smi", "uname", "env", "printenv", "lscpu", "file", "stat", "sort", "uniq", "diff", "true", "printf", "seq", "expr", "cut", "tr", "find", "git"}
)  # fmt: skip
READING: Final = frozenset({"read_text", "read_bytes"})
WRITING: Final = frozenset(
    {"write_text", "write_bytes", "touch", "unlink", "rename", "rmdir", "mkdir"}
)


class Interpreter(Statements):
    """The whole abstract interpreter of one cell."""

    # ------------------------------------------------------- code from code

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
            if not self.is_namespace(node.args[1]):
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

    def is_namespace(self, node: ast.expr) -> bool:
        return (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("globals", "locals")
        )

    def on_globals(self, node: ast.Call) -> Value | None:
        if self.scope is not None and isinstance(node.func, ast.Name) and node.func.id != "globals":
            return self.new("builtins.dict")
        if node.args:
            value = self.evaluate(node.args[0])
            return value
        self.make_opaque("it reaches every name through the namespace itself")
        return self.new()

    def on_subscript(self, node: ast.Subscript) -> Value:
        if self.is_namespace(node.value) and self.module_level(node.value):
            name = self.constant(node.slice)
            if isinstance(name, str):
                return self.read_global(name).value
        return super().on_subscript(node)

    def module_level(self, node: ast.expr) -> bool:
        assert isinstance(node, ast.Call)
        return self.scope is None or (isinstance(node.func, ast.Name) and node.func.id == "globals")

    def assign(
        self, target: ast.expr, value: Value, const: Any = None, *, partial: bool = False
    ) -> None:
        if (
            isinstance(target, ast.Subscript)
            and self.is_namespace(target.value)
            and self.module_level(target.value)
        ):
            name = self.constant(target.slice)
            if isinstance(name, str):
                self.bind_global(name, value, const=const)
                return
        super().assign(target, value, const, partial=partial)

    # ---------------------------------------------------------- attributes

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

    def on_vars(self, node: ast.Call) -> Value | None:
        return self.on_globals(node)

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

    # ----------------------------------------------------- files, environment

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
        if func.attr in READING:
            self.file(name if isinstance(name, str) else "", write=False)
            return NOTHING
        if func.attr in ("write_text", "write_bytes"):
            self.file(name if isinstance(name, str) else "", write=True)
            return NOTHING
        if not isinstance(name, str) or isinstance(func.value, ast.Constant):
            return None
        if func.attr == "open":
            mode = self.constant(node.args[0]) if node.args else "r"
            self.use_file(name, mode)
            return self.new("_io.TextIOWrapper", handle="an open file")
        self.file(name, write=True)
        return NOTHING

    def environ_method(self, name: str, node: ast.Call) -> Value:
        key = self.constant(node.args[0]) if node.args else None
        channel = f"~env:{key}" if isinstance(key, str) else "~env:*"
        if name in ("get", "__getitem__"):
            self.channel(channel, "read", "the environment is read")
        elif name in ("setdefault", "pop"):
            self.channel(channel, "draw", f"the environment is changed by .{name}()")
        elif name == "update":
            keys = (
                [k.value for k in node.args[0].keys if isinstance(k, ast.Constant)]
                if node.args and isinstance(node.args[0], ast.Dict)
                else []
            )
            keys += [k.arg for k in node.keywords if k.arg]
            for item in keys or ["*"]:
                self.channel(f"~env:{item}", "write", "the environment is set by .update()")
        else:
            self.channel("~env:*", "read", "the environment is read")
            return self.new("builtins.dict") if name == "copy" else NOTHING
        return NOTHING

    # ------------------------------------------------------ magics and shell

    def on_shell(self, node: ast.Call) -> Value | None:
        command = str(self.constant(node.args[0]))
        self.shell(command)
        return self.new("builtins.list")

    def shell(self, command: str) -> None:
        self.read_expressions(interpolations(command))
        self.channel("~env:*", "read", "a shell command sees the environment")
        self.channel("~cwd", "read", "a shell command runs in the working directory")
        self.note_impure("a shell command")
        for part in command.replace("&&", "\n").replace(";", "\n").replace("|", "\n").split("\n"):
            self.shell_files(part.strip())

    def shell_files(self, part: str) -> None:
        try:
            words = shlex.split(part, comments=True)
        except ValueError:
            words = part.split()
        if not words:
            return
        plain: list[str] = []
        at = 0
        while at < len(words):
            word = words[at]
            if word in (">", ">>") and at + 1 < len(words):
                self.file(
                    words[at + 1] if "{" not in words[at + 1] and "$" not in words[at + 1] else "",
                    write=True,
                )
                at += 2
                continue
            if word.startswith(">") and len(word.lstrip(">")) > 0:
                self.file(word.lstrip(">"), write=True)
            elif not word.startswith("-"):
                plain.append(word)
            at += 1
        command, rest = (plain[0].rpartition("/")[2], plain[1:]) if plain else ("", [])
        if command in ("cat", "head", "tail", "wc", "sort", "grep"):
            for name in rest[1:] if command == "grep" else rest:
                if "{" not in name and "$" not in name and not name.isdigit():
                    self.file(name, write=False)
        elif command in ("cp", "mv") and len(rest) == 2:
            self.file(rest[0], write=command == "mv")
            self.file(rest[1], write=True)
        elif command in ("touch", "rm", "mkdir"):
            for name in rest:
                self.file(name, write=True)
        elif command not in HARMLESS_COMMANDS or (command.startswith("python") and rest):
            self.file("", write=True)

    def read_expressions(self, expressions: list[str]) -> None:
        for text in expressions:
            parsed = parse(text)
            for statement in parsed.body:
                if isinstance(statement, ast.Expr):
                    self.call_depth += 1
                    if isinstance(statement.value, ast.Name):
                        known = self.env.get(statement.value.id) or self.incoming(
                            statement.value.id
                        )
                        if known is not None:
                            self.lookup(statement.value.id)
                    else:
                        self.evaluate(statement.value)
                    self.call_depth -= 1

    def on_magic(self, node: ast.Call) -> Value | None:
        name, rest = str(self.constant(node.args[0])), str(self.constant(node.args[1]))
        self.read_expressions(interpolations(rest))
        if name in OPTION_MAGICS:
            return NOTHING
        if name == "pylab":
            old = self.env.get(STAR) or self.incoming(STAR)
            self.env[STAR] = Binding(
                (old.value if old else NOTHING)
                | {self.world.module("numpy"), self.world.module("matplotlib.pyplot")},
                line=self.line,
            )
            for short, module in (("np", "numpy"), ("plt", "matplotlib.pyplot")):
                self.bind(short, frozenset((self.world.module(module),)))
        elif name in ("cd", "pushd", "popd"):
            self.channel("~cwd", "write" if name == "cd" else "draw", f"set by %{name}")
        elif name in ("env", "set_env"):
            key, sign, _ = rest.partition("=")
            words = key.split()
            if sign or len(words) > 1:
                self.channel(f"~env:{words[0]}", "write", f"set by %{name}")
            else:
                self.channel(f"~env:{words[0]}" if words else "~env:*", "read", f"read by %{name}")
        elif name in ("sx", "system", "sc"):
            self.shell(rest)
            return self.new("builtins.list")
        elif name in ("timeit", "time", "memit", "prun"):
            code = rest
            while code.startswith("-"):
                code = code.partition(" ")[2].strip()
            self.call_depth += 1
            env = dict(self.env)
            self.run(parse(code).body)
            self.env = env
            self.call_depth -= 1
        elif (
            name == "reset"
            or name == "run"
            or name == "load"
            or name == "store"
            or name not in QUIET_MAGICS
        ):
            self.make_opaque(f"`%{name}` may define or change any name")
        if name in ("pip", "conda", "mamba", "uv"):
            self.note_impure(f"%{name}")
        return NOTHING

    def on_cell_magic(self, node: ast.Call) -> Value | None:
        name, rest, body = (str(self.constant(arg)) for arg in node.args)
        if name in ("bash", "sh", "script", "system", "sx", "!", "cmd"):
            for line in body.split("\n"):
                self.shell(line) if line.strip() and not line.strip().startswith("#") else None
            words = rest.split()
            for flag in ("--out", "--err"):
                if flag in words and words.index(flag) + 1 < len(words):
                    self.bind(words[words.index(flag) + 1], NOTHING)
        elif name in ("html", "HTML", "javascript", "js", "latex", "markdown", "svg", "SVG"):
            pass
        elif name == "writefile":
            words = [word for word in rest.split() if not word.startswith("-")]
            self.file(words[0] if words and "{" not in words[0] else "", write=True)
        elif name == "timeit":
            env = dict(self.env)
            self.call_depth += 1
            self.run(parse(rest + "\n" + body).body)
            self.call_depth -= 1
            self.env = env
        else:
            self.make_opaque(f"`%%{name}` may define or change any name")
        return NOTHING

    # -------------------------------------------------------------- instances

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
        late = frozenset(
            used
            for obj in args.positional[0]
            if obj.kind == "func"
            for used in obj.data.names.used - obj.data.names.bound
            if self.is_variable(used)
        )
        return self.new(
            "builtins.iterator",
            holds=elements if name == "filter" else out,
            handle="a generator",
            data=late,
        )


def _zip(walk: Interpreter, node: ast.Call) -> Value | None:
    """`zip`, `enumerate`: tuples whose positions are told apart."""
    args = walk.arguments(node)
    if args.star or not args.positional:
        return None
    parts = [walk.elements(value) for value in args.positional]
    if isinstance(node.func, ast.Name) and node.func.id == "enumerate":
        parts = [NOTHING, parts[0]]
    return walk.new("builtins.iterator", holds=walk.tuple_of(parts), handle="a generator")


_HANDLERS: dict[str, Callable[[Any, ast.Call], Value | None]] = {
    "exec": Interpreter.on_exec,
    "eval": Interpreter.on_eval,
    "globals": Interpreter.on_globals,
    "locals": Interpreter.on_globals,
    "vars": Interpreter.on_vars,
    "setattr": Interpreter.on_setattr,
    "delattr": Interpreter.on_delattr,
    "getattr": Interpreter.on_getattr,
    "id": Interpreter.on_id,
    "type": Interpreter.on_type,
    "open": Interpreter.on_open,
    "print": Interpreter.on_print,
    "map": Interpreter.on_map,
    "filter": Interpreter.on_map,
    "zip": _zip,
    "enumerate": _zip,
    "namedtuple": Interpreter.on_namedtuple,
    MAGIC: Interpreter.on_magic,
    SHELL: Interpreter.on_shell,
    CELL_MAGIC: Interpreter.on_cell_magic,
}
Interpreter._special = _HANDLERS  # noqa: SLF001 - the table belongs to the class, its handlers to this file
