"""Cell source as a syntax tree: magics and shell lines rewritten first, line numbers kept.

A magic becomes a call that the interpreter knows: `%cd x` → `__magic__('cd', 'x')`, `!ls` →
`__shell__('ls')`, `a = !ls` → `a = __shell__('ls')`. `%time f()` is `f()`, and the body of
`%%time`, `%%capture` and the like is ordinary Python on its own lines. Nothing is executed, and a
cell that does not parse gives an error with its line, never an exception.
Syntax: https://ipython.readthedocs.io/en/stable/interactive/reference.html
"""

from __future__ import annotations

import ast
import re
import warnings

import msgspec

MAGIC = "__magic__"
SHELL = "__shell__"
CELL_MAGIC = "__cell_magic__"

PYTHON_BODY = frozenset({"time", "capture", "prun", "memit", "mprun", "lprun", "script_python"})
"""Cell magics that run their body as Python in the notebook's namespace."""

_CANDIDATE = re.compile(
    r"^(\s*)(?:(%{1,2}(?=\S)|!{1,2}\s*(?=\S)|\?{1,2}(?=\S))"
    r"|([\w.,:\s*()\[\]]+?)\s*=\s*(!\s*|%)(?=[^=\s]))"
)
_HELP = re.compile(r"^(\s*)[\w.\[\]'\"]+\?{1,2}\s*$")
_AUTOMAGIC = re.compile(
    r"(?:ls|pwd|who|whos)"
    r"|(?:pip|conda|mamba|cd|ls|mkdir|rm|cp|mv|cat|who|whos)[ \t]+"
    r"(?![=(\[+*]|-\s|[-+*/%&|^]?=|in |is |and |or |not |if ).*"
)
"""A whole cell that is one magic without its `%`; IPython takes no line of a longer cell so."""


class Parsed(msgspec.Struct, frozen=True):
    """One cell's source, as a tree or as the reason why there is none."""

    source: str
    body: list[ast.stmt]
    error: str = ""
    line: int = 0
    capture: str = ""
    """The variable that `%%capture` binds after the body."""
    magic: str = ""
    """The name of the cell magic, where there is one."""


def parse(source: str) -> Parsed:
    """Parse one cell."""
    magic = capture = ""
    text = source
    first = source.lstrip()[:2]
    if first == "%%":
        text, magic, capture = _cell_magic(source)
    if _AUTOMAGIC.fullmatch(text.strip()):
        text = _magic(text.strip(), target=False)
    tree, error, line = _try(text)
    if tree is None:
        rewritten = _rewrite(_dedented(text))
        if rewritten != text:
            tree, error, line = _try(rewritten)
    if tree is None:
        return Parsed(source, [], error, line, capture, magic)
    return Parsed(source, tree, "", 0, capture, magic)


def _try(text: str) -> tuple[list[ast.stmt] | None, str, int]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text).body, "", 0
    except SyntaxError as error:
        return None, error.msg or "invalid syntax", error.lineno or 1
    except ValueError:  # null bytes, lone surrogates
        return None, "the source holds a character that Python cannot read", 1
    except (RecursionError, MemoryError):
        return None, "the source is nested too deeply to be read", 1


def _cell_magic(source: str) -> tuple[str, str, str]:
    """Replace the `%%name` line; give the text, the magic's name and the variable it captures."""
    lines = source.split("\n")
    at = next(i for i, line in enumerate(lines) if line.strip())
    words = lines[at].strip()[2:].split(None, 1)
    name = words[0] if words else ""
    rest = words[1] if len(words) > 1 else ""
    if name in PYTHON_BODY:
        lines[at] = ""
        plain = [word for word in rest.split() if not word.startswith("-")]
        return "\n".join(lines), name, plain[0] if name == "capture" and plain else ""
    body = "\n".join(lines[at + 1 :])
    call = f"{CELL_MAGIC}({name!r}, {rest!r}, {body!r})"
    return "\n" * at + call, name, ""


def _dedented(text: str) -> str:
    """IPython takes away the indentation of a cell's first line from all that have it."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip())]
    if not indent:
        return text
    return "\n".join(line.removeprefix(indent) for line in text.split("\n"))


def _rewrite(text: str) -> str:
    lines = text.split("\n")
    starts = _statement_starts(lines)
    out: list[str] = []
    i = 0
    while i < len(lines):
        line = lines[i]
        if i not in starts:
            out.append(line)
            i += 1
            continue
        joined, used = line, 1
        if _CANDIDATE.match(line):
            while joined.endswith("\\") and i + used < len(lines):
                joined = joined[:-1] + " " + lines[i + used].strip()
                used += 1
        out.append(_line(joined) if used > 1 or joined == line else line)
        out.extend([""] * (used - 1))
        i += used
    return "\n".join(out)


def _line(line: str) -> str:
    match = _CANDIDATE.match(line)
    if match:
        indent, sign, target, assigned = match.groups()
        if target is not None:
            command = line[match.end() :].strip()
            head = line[: match.start(4)]
            return head + (
                _shell(command) if assigned.startswith("!") else _magic(command, target=True)
            )
        rest = line[match.end() :].strip()
        if sign.startswith("%"):
            return indent + _magic(rest, target=False)
        if sign.startswith("!"):
            return indent + _shell(rest)
        return indent + "pass"
    if _HELP.match(line):
        return line[: len(line) - len(line.lstrip())] + "pass"
    return line


def _magic(command: str, *, target: bool) -> str:
    name, _, rest = command.partition(" ")
    rest = rest.strip()
    if name == "time" and rest:
        return rest
    if target and name == "timeit":
        return f"{MAGIC}({name!r}, {rest!r})"
    return f"{MAGIC}({name!r}, {rest!r})"


def _shell(command: str) -> str:
    return f"{SHELL}({command!r})"


def _statement_starts(lines: list[str]) -> set[int]:
    """Indexes of the lines that do not begin inside a string, a bracket or a continued line."""
    starts: set[int] = set()
    quote = ""
    depth = 0
    continued = False
    for number, line in enumerate(lines):
        if not quote and depth == 0 and not continued:
            starts.add(number)
            if _CANDIDATE.match(line) or _HELP.match(line):
                continued = line.endswith("\\")
                continue
        i = 0
        continued = False
        while i < len(line):
            char = line[i]
            if quote:
                if char == "\\":
                    i += 2
                    continue
                if line.startswith(quote, i):
                    i += len(quote)
                    quote = ""
                    continue
            elif char == "#":
                break
            elif char in "'\"":
                quote = char * 3 if line.startswith(char * 3, i) else char
                i += len(quote)
                continue
            elif char in "([{":
                depth += 1
            elif char in ")]}":
                depth = max(0, depth - 1)
            elif char == "\\" and i == len(line) - 1:
                continued = True
            i += 1
        if len(quote) == 1:
            quote = ""
    return starts


_INTERPOLATED = re.compile(r"\{([^{}]+)\}|\$\{?([A-Za-z_]\w*)\}?")


def interpolations(command: str) -> list[str]:
    """The Python expressions that IPython fills into a shell line or magic: `{x}` and `$x`."""
    found: list[str] = []
    for braces, dollar in _INTERPOLATED.findall(command):
        found.append(braces.split("!")[0].split(":")[0] if braces else dollar)
    return found
