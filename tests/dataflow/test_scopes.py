"""Which names a body binds itself, and which it refers to."""

from __future__ import annotations

import ast
import symtable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellweave.dataflow.scopes import Names, names_of


def names(source: str) -> Names:
    """Scan the first statement of `source`, or the lambda that it is."""
    (statement,) = ast.parse(source).body
    return names_of(statement.value if isinstance(statement, ast.Expr) else statement)


BOUND = {
    "def f(a, /, b, *c, d, **e): pass": "a b c d e",
    "def f(a=x, b: y = z): pass": "a b",
    "lambda a, *b: c": "a b",
    "lambda: (y := 1)": "y",
    "def f():\n x = 1\n y: int = 2\n z += 1": "x y z",
    "def f():\n x: int": "x",
    "def f():\n a, (b, *c) = 1": "a b c",
    "def f():\n a[0] = b.c = 1": "",
    "def f():\n for i in x: pass": "i",
    "def f():\n with x as a, y as (b, c): pass": "a b c",
    "def f():\n try: pass\n except E as e: pass": "e",
    "def f():\n import a.b, c.d as e": "a e",
    "def f():\n from a import b, c as d": "b d",
    "def f():\n def g(inner): deep = 1": "g",
    "def f():\n class C:\n  x = 1": "C",
    "def f():\n del x": "x",
    "def f():\n if (n := 1): pass": "n",
    "def f():\n return [n for n in xs]": "",
    "def f():\n return [last := n for n in xs]": "last",
    "def f():\n return {k: (v := 1) for k in xs}": "v",
    "def f():\n match x:\n  case [a, *b]: pass\n  case {'k': c, **d}: pass": "a b c d",
    "def f():\n match x:\n  case C(e) as g: pass": "e g",
    "def f():\n global x, y\n x = 1\n z = 2": "z",
    "def f():\n def g():\n  nonlocal x\n  x = 1": "g",
    "class C:\n x = 1\n def m(self): pass": "m x",
    "async def f():\n async for i in x: pass\n async with y as z: pass": "i z",
}


@pytest.mark.parametrize("source", BOUND)
def test_a_body_binds_its_parameters_and_targets(source):
    assert sorted(names(source).bound) == BOUND[source].split()


USED = {
    "def f(): return a + b.c": "a b",
    "def f(): x[i] = y": "i x y",
    "def f():\n def g(): return deep": "deep",
    "def f():\n class C:\n  x = top": "top",
    "def f(): return [n * k for n in xs]": "k n xs",
    "lambda a: a + b": "a b",
    "def f(a=x) -> y: pass": "",
    "def f():\n x = 1": "",
    "def f(): return f'{a!r:{w}}'": "a w",
}


@pytest.mark.parametrize("source", USED)
def test_a_body_uses_what_it_or_anything_in_it_loads(source):
    assert sorted(names(source).used) == USED[source].split()


@pytest.mark.parametrize(
    ("source", "globals_", "nonlocals"),
    [
        ("def f():\n global x\n x = 1", {"x"}, set()),
        ("def f():\n if y:\n  global x", {"x"}, set()),
        ("def f():\n nonlocal x\n x = 1", set(), {"x"}),
        ("def f():\n def g():\n  global x", set(), set()),
    ],
)
def test_global_and_nonlocal_belong_to_the_body_that_says_so(source, globals_, nonlocals):
    found = names(source)

    assert (found.global_, found.nonlocal_) == (globals_, nonlocals)


@pytest.mark.parametrize(
    ("source", "yields"),
    [
        ("def f(): yield 1", True),
        ("def f(): yield from x", True),
        ("def f(): x = yield", True),
        ("def f():\n if x:\n  yield", True),
        ("def f():\n def g(): yield 1", False),
        ("def f(): return lambda: (yield)", False),
        ("def f(): return (x for x in y)", False),
    ],
)
def test_only_a_yield_of_its_own_makes_a_generator(source, yields):
    assert names(source).yields is yields


PARTS = [
    "x = a",
    "for y in b: c = y",
    "z = [w for w in d]",
    "if (v := e): pass",
    "def u(t): return t + x",
    "global a\na = 1",
    "import s.r",
    "del q",
    "try:\n  p = 1\nexcept E as o:\n  pass",
    "with x as n: pass",
]


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=5, unique=True))
def test_it_agrees_with_the_symbol_table_of_python(parts):
    body = "\n".join(sorted(parts, key=lambda p: not p.startswith("global")))
    source = "def f():\n" + "\n".join(" " + line for line in body.split("\n"))
    try:
        table = symtable.symtable(source, "cell", "exec").get_children()[0]
    except SyntaxError:  # a name that is used before it is declared global
        return

    assert names(source).bound == set(table.get_locals())
