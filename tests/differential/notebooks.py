"""Strategies that write small notebooks: programs that run to their end in plain Python.

A program is built statement by statement over a *scope*, which knows of every name what kind of
value it surely has at that point, so that most programs raise nothing; the rest are rejected by
the test. What the programs are full of is what an analysis gets wrong: two names for one list,
containers of containers, functions that read, change and rebind globals, closures that keep
state, methods, branches that are not taken, loops of no turns, names that are swapped or deleted.

Kinds: `n` int, `x` list of ints, `b` list of lists, `d` dict of ints, `g` dict of lists,
`f` function of an int that gives an int, `p` procedure that may change the list it is given, `q`
function that gives a list for a list, `h` dict of functions, `c` class, `o` instance of it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from hypothesis import strategies as st

Draw = Callable[..., object]

NAMES = {
    "n": ("n1", "n2", "n3"),
    "x": ("xs", "ys", "zs"),
    "b": ("box", "crate"),
    "d": ("d1", "d2"),
    "g": ("groups", "more"),
    "f": ("f1", "f2", "f3"),
    "c": ("Acc",),
    "o": ("o1", "o2"),
    "p": ("put", "push"),
    "q": ("pick", "same"),
    "h": ("table",),
}
CALLED = "fcpqh"
"""Kinds whose values are not printed (an address would be) nor deleted."""
CLASS = """class Acc:
    count = 0
    seen = []
    def __init__(self, v):
        self.items = [v]
    def add(self, v):
        self.items.append(v)
        return self
    def size(self):
        return len(self.items) + Acc.count
    def mark(self, v):
        Acc.count += 1
        self.seen.append(v)
    def __repr__(self):
        return f"Acc({self.items}, {Acc.count}, {self.seen})\""""


@dataclasses.dataclass
class Scope:
    """What is surely bound, by kind; `functions` may be redefined but are never called inside one.

    `pinned` names are read by some function or method, so deleting them would make a call fail.
    """

    known: dict[str, str] = dataclasses.field(default_factory=dict)
    pinned: set[str] = dataclasses.field(default_factory=set)

    def of(self, kind: str) -> list[str]:
        """Names of a kind, in a stable order."""
        return sorted(name for name, its in self.known.items() if its == kind)

    def copy(self) -> Scope:
        """For one side of a branch; pins are shared, they only grow."""
        return Scope(dict(self.known), self.pinned)

    def keep_common(self, *sides: Scope) -> None:
        """After a branch, what every side binds, with one kind, is known."""
        for side in sides:
            self.known = {n: k for n, k in self.known.items() if side.known.get(n) == k}


def indent(lines: list[str]) -> list[str]:
    """One level deeper."""
    return ["    " + line for line in lines]


class Writer:
    """Writes statements into a scope, drawing each choice."""

    def __init__(self, draw: Draw, scope: Scope) -> None:
        self.draw = draw
        self.scope = scope

    def pick(self, options: list[str] | tuple[str, ...]) -> str:
        """One of the options."""
        chosen = self.draw(st.sampled_from(list(options)))
        assert isinstance(chosen, str)
        return chosen

    def small(self) -> str:
        """A small int literal."""
        return str(self.draw(st.integers(0, 9)))

    def any(self, kind: str) -> str | None:
        """A known name of the kind, or None."""
        names = self.scope.of(kind)
        return self.pick(names) if names else None

    def number(self) -> str:
        """An int expression without side effects."""
        options = [self.small()]
        options += self.scope.of("n") * 2
        options += [f"len({name})" for kind in "xbdg" for name in self.scope.of(kind)]
        options += [f"sum({name}) % 50" for name in self.scope.of("x")]
        options += [f"{name}.size()" for name in self.scope.of("o")]
        return self.pick(options)

    def bind(self, kind: str) -> str:
        """A name to bind to a value of the kind. A name keeps its kind for good."""
        name = self.pick(NAMES[kind])
        self.scope.known[name] = kind
        return name

    # --- statements, each a list of lines ---

    def statement(self, depth: int = 0) -> list[str]:
        """A random statement that the scope allows."""
        makers: list[Callable[[], list[str] | None]] = [
            self.change_list,
            self.call,
            self.hand_over,
            self.part_of,
            self.alias,
            self.change_instance,
            self.new_box,
            self.change_box,
            self.change_dict,
            self.change_groups,
            self.new_groups,
            self.alias,
            self.instance,
            self.change_list,
            self.call,
            self.swap,
            self.identity,
            self.unpack,
            self.comprehension,
            self.copy,
            self.new_list,
            self.new_int,
            self.new_dict,
            self.show,
        ]
        if depth == 0:
            makers += [self.delete, self.klass, self.function, self.handlers]
            makers += [self.procedure, self.picker, self.function]
        if depth < 2:
            makers += [
                self.function,
                lambda: self.branch(depth),
                lambda: self.loop(depth),
                lambda: self.attempt(depth),
            ]
        made = makers[int(str(self.draw(st.integers(0, len(makers) - 1))))]()
        return made if made is not None else self.new_int()

    def statements(self, depth: int, most: int = 2) -> list[str]:
        """One statement or a few."""
        count = int(str(self.draw(st.integers(1, most))))
        return [line for _ in range(count) for line in self.statement(depth)]

    def new_int(self) -> list[str]:
        value = f"({self.number()} + {self.number()}) % 97"
        return [f"{self.bind('n')} = {value}"]

    def new_list(self) -> list[str]:
        value = f"[{self.number()}, {self.number()}]"
        return [f"{self.bind('x')} = {value}"]

    def alias(self) -> list[str] | None:
        kind = self.pick("xbdgofpq")
        source = self.any(kind)
        if source is None:
            return None
        form = self.pick(["{0} = {1}", "{0} = {1}", "{0} = {1} or {1}", "({0} := {1})"])
        if kind in "fpq":
            form = "{0} = {1}"
            self.scope.pinned.add(source)
        return [form.format(self.bind(kind), source)]

    def copy(self) -> list[str] | None:
        kind = self.pick("xbdg")
        source = self.any(kind)
        if source is None:
            return None
        forms = {
            "x": ["{}[:]", "sorted({})", "{}.copy()"],
            "b": ["list({})"],
            "d": ["dict({})", "{{**{}}}"],
            "g": ["{}.copy()"],
        }
        value = self.pick(forms[kind]).format(source)
        return [f"{self.bind(kind)} = {value}"]

    def change_list(self) -> list[str] | None:
        name = self.any("x")
        if name is None:
            return None
        other = self.any("x") or name
        return [
            self.pick(
                [
                    f"{name}.append({self.number()})",
                    f"{name} += [{self.number()}]",
                    f"{name}[:1] = [{self.number()}]",
                    f"{name}.extend({other}[:2])",
                    f"{name}.sort()",
                    f"{name}.insert(0, {self.number()})",
                    f"{name} = {name} + [{self.number()}]",
                    f"del {name}[2:]",
                    f"{name}.reverse()",
                    f"list.append({name}, {self.small()})",
                ]
            )
        ]

    def new_box(self) -> list[str] | None:
        one, two = self.any("x"), self.any("x")
        if one is None or two is None:
            return None
        return [
            f"{self.bind('b')} = " + self.pick([f"[{one}, {two}]", f"[{one}]", f"[[1], {two}]"])
        ]

    def change_box(self) -> list[str] | None:
        name, item = self.any("b"), self.any("x")
        if name is None:
            return None
        forms = [
            [f"{name}[0].append({self.number()})"],
            [f"for item in {name}:", f"    item.append({self.small()})"],
            [f"{name}[-1] += [{self.number()}]"],
        ]
        if item is not None:
            forms += [[f"{name}.append({item})"], [f"{name}[0] = {item}"]]
        if len(forms) > 3 and self.draw(st.booleans()):
            return [f"{self.bind('x')} = {name}[0]"]
        return forms[int(str(self.draw(st.integers(0, len(forms) - 1))))]

    def new_dict(self) -> list[str]:
        value = f"{{'a': {self.number()}}}"
        return [f"{self.bind('d')} = {value}"]

    def change_dict(self) -> list[str] | None:
        name = self.any("d")
        if name is None:
            return None
        other = self.any("d") or name
        return [
            self.pick(
                [
                    f"{name}['k'] = {self.number()}",
                    f"{name}.update({other})",
                    f"{name}.pop('a', None)",
                    f"{name} |= {{'z': {self.number()}}}",
                    f"{name}.setdefault('s', {self.number()})",
                    f"{name}['a'] = {name}.get('a', 0) + 1",
                    f"{name}.clear()",
                ]
            )
        ]

    def new_groups(self) -> list[str] | None:
        item = self.any("x")
        value = f"{{'p': {item or '[0]'}}}"
        return [f"{self.bind('g')} = {value}"]

    def change_groups(self) -> list[str] | None:
        name, item = self.any("g"), self.any("x")
        if name is None:
            return None
        return [
            self.pick(
                [
                    f"{name}.setdefault('q', []).append({self.number()})",
                    f"{name}['p'].append({self.number()})",
                    f"{name}['r'] = {item or '[7]'}",
                    f"[v.append({self.small()}) for v in {name}.values()]",
                ]
            )
        ]

    def swap(self) -> list[str] | None:
        kind = self.pick("nxdo")
        names = self.scope.of(kind)
        if len(names) < 2:
            return None
        return [f"{names[0]}, {names[1]} = {names[1]}, {names[0]}"]

    def unpack(self) -> list[str] | None:
        name = self.any("x")
        if name is None:
            return None
        return [f"{self.bind('n')}, *{self.bind('x')} = [{self.small()}, *{name}[:3]]"]

    def comprehension(self) -> list[str] | None:
        name = self.any("x")
        if name is None:
            return None
        free = self.any("n") or "1"
        value = f"[(n2 * {free}) % 31 for n2 in {name}][:4]"
        return [f"{self.bind('x')} = {value}"]

    def call(self) -> list[str] | None:
        name = self.any("f")
        if name is None:
            return None
        argument = self.number()
        return [
            f"{self.bind('n')} = {name}({argument}) % 97"
            if self.draw(st.booleans())
            else f"{name}({argument})"
        ]

    def klass(self) -> list[str] | None:
        if "Acc" in self.scope.known:
            return None
        self.scope.known["Acc"] = "c"
        self.scope.pinned.add("Acc")
        return CLASS.splitlines()

    def instance(self) -> list[str] | None:
        if "Acc" not in self.scope.known:
            return None
        value = f"Acc({self.number()})"
        return [f"{self.bind('o')} = {value}"]

    def change_instance(self) -> list[str] | None:
        name = self.any("o")
        if name is None:
            return None
        item = self.any("x") or "[5]"
        return [
            self.pick(
                [
                    f"{name}.add({self.number()})",
                    f"{name}.add(1).add(2)",
                    f"{name}.items = {item}",
                    f"{name}.items.append({self.number()})",
                    f"{name}.mark({self.number()})",
                    f"setattr({name}, 'items', list({item}))",
                    "Acc.count += 1",
                    f"{self.bind('x')} = {name}.items",
                ]
            )
        ]

    def show(self) -> list[str] | None:
        names = [name for name, kind in sorted(self.scope.known.items()) if kind not in CALLED]
        return [f"print({self.pick(names)})"] if names else None

    def identity(self) -> list[str] | None:
        kind = self.pick("xbdgo")
        names = self.scope.of(kind)
        if len(names) < 2:
            return None
        return [f"print({names[0]} is {names[1]})"]

    def delete(self) -> list[str] | None:
        names = sorted(
            n for n, k in self.scope.known.items() if k not in CALLED and n not in self.scope.pinned
        )
        if not names:
            return None
        name = self.pick(names)
        del self.scope.known[name]
        return [f"del {name}"]

    def pin(self, kind: str) -> str | None:
        """A known name that a function is going to read whenever it is called."""
        name = self.any(kind)
        if name is not None:
            self.scope.pinned.add(name)
        return name

    def function(self) -> list[str] | None:
        number, items, table = self.pin("n"), self.pin("x"), self.pin("d")
        forms = [
            ["def {f}(v, kept=[]):", "    kept.append(v)", "    return len(kept)"],
            [
                "def make(start):",
                "    state = start",
                "    def step(v):",
                "        nonlocal state",
                "        state += v",
                "        return state",
                "    return step",
                "{f} = make(2)",
            ],
        ]
        if number:
            forms[:0] = [
                ["def {f}(v):", f"    return v + {number}"],
                [f"{{f}} = lambda v: v * {number}"],
                [
                    "def {f}(v):",
                    f"    global {number}",
                    f"    {number} = ({number} + v) % 97",
                    f"    return {number}",
                ],
                [f"def {{f}}(v, w={number}):", "    return v + w"],
                [
                    "def {f}(v):",
                    "    def inner(w):",
                    f"        return w + {number}",
                    "    return inner(v)",
                ],
                [
                    "def make(k):",
                    "    def step(v):",
                    f"        return v + k + {number}",
                    "    return step",
                    f"{{f}} = make({number})",
                ],
            ]
        if items:
            forms[:0] = [
                ["def {f}(v):", f"    {items}.append(v)", f"    return len({items})"],
                [
                    "def {f}(v):",
                    f"    local = {items}",
                    "    local[:1] = [v]",
                    f"    return sum({items}) % 50",
                ],
                [
                    "def make(held):",
                    "    def step(v):",
                    "        held.append(v)",
                    "        return len(held)",
                    "    return step",
                    f"{{f}} = make({items})",
                ],
                [
                    "def {f}(v):",
                    f"    {items} = [v]",
                    f"    {items}.append(v)",
                    f"    return len({items})",
                ],
            ]
        if table:
            forms.append(["def {f}(v):", f"    {table}['k'] = v", f"    return len({table})"])
        chosen = forms[int(str(self.draw(st.integers(0, len(forms) - 1))))]
        name = self.bind("f")
        return [line.format(f=name) if "{f}" in line else line for line in chosen]

    def procedure(self) -> list[str]:
        number, items, table, other = self.pin("n"), self.pin("x"), self.pin("g"), self.pin("p")
        forms = [
            ["def {p}(items, v):", "    items.append(v)"],
            ["def {p}(items, v, *more):", "    if v % 2:", "        return", "    items += [v]"],
            ["def {p}(items, v):", "    items = items + [v]", "    items.append(v)"],
            ["def {p}(items, v):", "    for n in (v, 1):", "        items.insert(0, n)"],
        ]
        if items:
            forms.append(
                ["def {p}(held, v):", f"    {items}.append(v)", f"    held += {items}[:1]"]
            )
        if number:
            lines = [f"    global {number}", f"    {number} = len(items)", "    items[:] = [v]"]
            forms.append(["def {p}(items, v):", *lines])
        if table:
            forms.append(["def {p}(items, v):", f"    {table}['s'] = items"])
        chosen = forms[int(str(self.draw(st.integers(0, len(forms) - 1))))]
        name = self.bind("p")
        if other and other != name and self.draw(st.booleans()):
            return [f"def {name}(items, v):", f"    {other}(items, v)", "    items.sort()"]
        return [line.format(p=name) for line in chosen]

    def picker(self) -> list[str]:
        box, items = self.pin("b"), self.pin("x")
        forms = [
            ["def {q}(items):", "    return items"],
            ["def {q}(items):", "    return list(items)"],
            ["def {q}(items):", "    pair = (items, 1)", "    return pair[0]"],
            ["{q} = lambda items: items or [0]"],
        ]
        if box:
            forms.append(["def {q}(items):", f"    {box}.append(items)", f"    return {box}[0]"])
        if items:
            forms.append(["def {q}(given):", f"    return {items} if len(given) > 2 else given"])
        chosen = forms[int(str(self.draw(st.integers(0, len(forms) - 1))))]
        name = self.bind("q")
        return [line.format(q=name) for line in chosen]

    def handlers(self) -> list[str] | None:
        name = self.pin("f")
        if name is None:
            return None
        return [f"{self.bind('h')} = {{'f': {name}, 'g': lambda v: {name}(v) + 1}}"]

    def hand_over(self) -> list[str] | None:
        name, items = self.any("p"), self.any("x")
        if name is None or items is None:
            return None
        box = self.any("b")
        if box and self.draw(st.booleans()):
            return [f"for part in {box}:", f"    {name}(part, {self.small()})"]
        return [f"{name}({items}, {self.number()})"]

    def part_of(self) -> list[str] | None:
        name, items, table = self.any("q"), self.any("x"), self.any("h")
        if table is not None and self.draw(st.booleans()):
            value = f"{table}['f']({self.number()}) % 97"
            return [f"{self.bind('n')} = {value}"]
        if name is None or items is None:
            return None
        value = f"{name}({items})"
        return [f"{self.bind('x')} = {value}" if self.draw(st.booleans()) else f"{value}.append(4)"]

    def branch(self, depth: int) -> list[str]:
        test = f"{self.number()} > {self.small()}"
        yes, no = self.scope.copy(), self.scope.copy()
        lines = [f"if {test}:", *indent(Writer(self.draw, yes).statements(depth + 1))]
        if self.draw(st.booleans()):
            lines += ["else:", *indent(Writer(self.draw, no).statements(depth + 1))]
        self.scope.known = {**yes.known}
        self.scope.keep_common(no)
        return lines

    def loop(self, depth: int) -> list[str]:
        inside = self.scope.copy()
        head = self.pick(
            [
                f"for i in range({self.number()} % 3):",
                "for i in range(2):",
                *(f"for i in {name}[:2]:" for name in self.scope.of("x")),
            ]
        )
        body = indent(Writer(self.draw, inside).statements(depth + 1))
        self.scope.keep_common(inside)
        return [head, *body]

    def attempt(self, depth: int) -> list[str]:
        inside, caught = self.scope.copy(), self.scope.copy()
        body = indent(Writer(self.draw, inside).statements(depth + 1))
        failing = indent([self.pick(["int('no')", "int('4')"])])
        handler = indent(Writer(self.draw, caught).statements(depth + 1, most=1))
        self.scope.keep_common(inside, caught)
        return ["try:", *body, *failing, "except ValueError:", *handler]


def report(scope: Scope) -> list[str]:
    """Show every name; then what each function gives, which may change everything."""
    lines = [
        f"print({name!r}, {name})"
        for name, kind in sorted(scope.known.items())
        if kind not in CALLED
    ]
    lines += [f"print({name!r}, {name}(1))" for name in scope.of("f")]
    lines += [f"print({name!r}, [f(2) for f in {name}.values()])" for name in scope.of("h")]
    lines += [f"print({name!r}, {name}([3]))" for name in scope.of("q")]
    lines += [f"print({name!r}, {name})" for name in (*scope.of("x"), *scope.of("n"))]
    return lines or ["print('nothing')"]


@st.composite
def notebooks(draw: Draw, least: int = 2, most: int = 5) -> tuple[str, ...]:
    """Cell sources, without options; the last cell shows every name there is."""
    scope = Scope({"n1": "n", "xs": "x", "d1": "d"})
    first = ["n1 = 3", "xs = [1, 2]", "d1 = {'a': 1}"]
    cells = ["\n".join([*first, *Writer(draw, scope).statements(0, most=3)])]
    count = int(str(draw(st.integers(least, most))))
    cells += ["\n".join(Writer(draw, scope).statements(0, most=4)) for _ in range(count)]
    cells.append("\n".join(report(scope)))
    return tuple(cells)


@st.composite
def edits(draw: Draw, cells: int) -> tuple[tuple[int, str], ...]:
    """Changes of single cells: (index, new source)."""
    made = []
    for _ in range(int(str(draw(st.integers(1, 3))))):
        scope = Scope({"n1": "n", "xs": "x", "ys": "x", "d1": "d", "f1": "f"})
        source = "\n".join(Writer(draw, scope).statements(0, most=2))
        made.append((int(str(draw(st.integers(0, cells - 1)))), source))
    return tuple(made)
