"""IPython's own syntax, as `source.py` spells it in calls: magics, cell magics, shell lines.

Decides what a line reads, binds, sets or writes. A magic that is not known may do anything, which
makes the cell opaque. No command is ever run.
"""

from __future__ import annotations

import ast
import shlex
from typing import Final

from cellweave.dataflow.heap import (
    NOTHING,
    Binding,
    Value,
)
from cellweave.dataflow.source import interpolations, parse
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
    {
        "who", "whos", "who_ls", "pwd", "ls", "timeit", "pinfo", "pinfo2", "psearch", "lsmagic",
        "history", "hist", "man", "pdoc", "psource", "pfile", "pip", "conda", "mamba", "uv",
        "time", "watermark", "magic", "quickref", "notebook", "dirs", "memit", "prun", "lprun",
        "mprun", "doctest_mode", "logstart", "page", "alias", "rerun", "recall", "tb", "debug",
        "pdb",
    }
)  # fmt: skip
HARMLESS_COMMANDS: Final = frozenset(
    {
        "echo", "ls", "cat", "head", "tail", "wc", "pwd", "date", "which", "whoami", "hostname",
        "python", "python3", "pip", "pip3", "conda", "nproc", "free", "df", "du", "grep",
        "nvidia-smi", "uname", "env", "printenv", "lscpu", "file", "stat", "sort", "uniq", "diff",
        "true", "printf", "seq", "expr", "cut", "tr", "find", "git",
    }
)  # fmt: skip


MARKUP: Final = frozenset({"html", "HTML", "javascript", "js", "latex", "markdown", "svg", "SVG"})
"""Cell magics whose body is shown, not run."""
SHELLS: Final = frozenset({"bash", "sh", "script", "system", "sx", "!", "cmd"})
"""Cell magics whose body is a shell script."""


class Magics(Statements):
    """Magics and shell lines."""

    def on_magic(self, node: ast.Call) -> Value | None:
        name, rest = str(self.constant(node.args[0])), str(self.constant(node.args[1]))
        self.read_expressions(interpolations(rest))
        if name in OPTION_MAGICS:
            return NOTHING
        if name == "pylab":
            old = self.current(STAR)
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
            self.run_apart(code)
        elif name not in QUIET_MAGICS:
            self.make_opaque(f"`%{name}` may define or change any name")
        if name in ("pip", "conda", "mamba", "uv"):
            self.note_impure(f"%{name}")
        return NOTHING

    def run_apart(self, code: str) -> None:
        """Walk code whose bindings are not kept, as `%timeit` runs it."""
        self.call_depth += 1
        env = dict(self.env)
        self.run(parse(code).body)
        self.env = env
        self.call_depth -= 1

    def on_cell_magic(self, node: ast.Call) -> Value | None:
        name, rest, body = (str(self.constant(arg)) for arg in node.args)
        if name in SHELLS:
            for line in body.split("\n"):
                if line.strip() and not line.strip().startswith("#"):
                    self.shell(line)
            words = rest.split()
            for flag in ("--out", "--err"):
                if flag in words and words.index(flag) + 1 < len(words):
                    self.bind(words[words.index(flag) + 1], NOTHING)
        elif name == "writefile":
            words = [word for word in rest.split() if not word.startswith("-")]
            self.file(words[0] if words and "{" not in words[0] else "", write=True)
        elif name == "timeit":
            self.run_apart(rest + "\n" + body)
        elif name not in MARKUP:
            self.make_opaque(f"`%%{name}` may define or change any name")
        return NOTHING

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
        """The files that one simple command reads and writes, as far as its words say."""
        try:
            words = shlex.split(part, comments=True)
        except ValueError:
            words = part.split()
        if not words:
            return
        plain: list[str] = []
        rest_of = iter(words)
        for word in rest_of:
            target = next(rest_of, None) if word in (">", ">>") else None
            if target is not None:
                self.file("" if "{" in target or "$" in target else target, write=True)
            elif word.startswith(">") and word.lstrip(">"):
                self.file(word.lstrip(">"), write=True)
            elif not word.startswith("-"):
                plain.append(word)
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
        """`{name}` and `$name` in a line; what is no name of the notebook is the shell's own."""
        for text in expressions:
            parsed = parse(text)
            for statement in parsed.body:
                if isinstance(statement, ast.Expr):
                    self.call_depth += 1
                    if isinstance(statement.value, ast.Name):
                        known = self.current(statement.value.id)
                        if known is not None:
                            self.lookup(statement.value.id)
                    else:
                        self.evaluate(statement.value)
                    self.call_depth -= 1
