"""Values of the notebook's own making, from one process to the next."""

from __future__ import annotations

import json

import pytest

from tests.runtime.tasks import Tasks

pytestmark = pytest.mark.slow

MAKE = """
    import abc, collections, enum, functools, typing
    from dataclasses import dataclass, field

    def helper(x):
        return x + 1

    ABSENT = object()

    __cellweave__.begin("c1")
{body}
    __cellweave__.end("c1")
    __cellweave__.store("c1", {names})
"""
TAKE = """
{setup}
    __cellweave__.load([(name, "make", "c1") for name in {names}])
    __cellweave__.begin("c2")
{body}
    __cellweave__.end("c2")
    print("right")
"""
SETUP = """
    def helper(x):
        return x + 1

    ABSENT = object()
"""

CASES = {
    "a dataclass and its instance": (
        """
    @dataclass
    class Point:
        x: int
        tags: list = field(default_factory=list)

        def up(self):
            return helper(self.x)

    p = Point(3, [1])
    both = [p, p.tags]
""",
        """
    import dataclasses
    assert dataclasses.asdict(p) == {"x": 3, "tags": [1]}
    assert type(p) is Point and Point(1).tags == [] and p == Point(3, [1])
    assert both[0] is p and both[1] is p.tags and p.up() == 4
    Point.unit = 7
    assert p.unit == 7
""",
    ),
    "an enumeration": (
        """
    class Colour(enum.Enum):
        RED = 1
        BLUE = 2

        def low(self):
            return self.name.lower()

    named = {Colour.RED: Colour.BLUE}
""",
        """
    assert named[Colour.RED] is Colour.BLUE and Colour(1) is Colour.RED
    assert Colour.BLUE.low() == "blue" and len(Colour) == 2
""",
    ),
    "named tuples of both kinds": (
        """
    Pair = collections.namedtuple("Pair", "a b")

    class Typed(typing.NamedTuple):
        q: int = 3

    pair = Pair(1, Typed())
""",
        """
    assert pair == (1, (3,)) and pair._replace(a=5).a == 5
    assert isinstance(pair, Pair) and isinstance(pair.b, Typed) and pair.b.q == 3
""",
    ),
    "an abstract class, slots, super and decorated methods": (
        """
    class Shape(abc.ABC):
        @abc.abstractmethod
        def area(self): ...

        def name(self):
            return "shape"

    class Square(Shape):
        __slots__ = ("side",)

        def __init__(self, side=1):
            self.side = side

        def area(self):
            return self.side ** 2

        def name(self):
            return super().name() + "!"

        @property
        def half(self):
            return self.side / 2

        @staticmethod
        def corners():
            return 4

        @classmethod
        def unit(cls):
            return cls(1)

    Square.first = Square(9)
    square = Square(4)
""",
        """
    assert square.area() == 16 and square.name() == "shape!" and square.half == 2.0
    assert Square.corners() == 4 and Square.unit().side == 1 and Square.first.area() == 81
    assert issubclass(Square, Shape)
    try:
        Shape()
    except TypeError:
        pass
    else:
        raise AssertionError("an abstract class was made")
""",
    ),
    "a class whose bases count their subclasses": (
        """
    class Plugin:
        known = []

        def __init_subclass__(cls):
            Plugin.known.append(cls.__name__)

    class First(Plugin):
        pass

    plugin = First()
""",
        """
    assert type(plugin).__mro__[1].known == ["First"], type(plugin).__mro__[1].known
""",
    ),
    "closures that share a cell": (
        """
    def counter():
        n = 0

        def up():
            nonlocal n
            n += 1
            return n

        def now():
            return n

        return up, now

    up, now = counter()
    up()
""",
        """
    assert now() == 1 and up() == 2 and now() == 2
""",
    ),
    "recursive functions, lambdas, partials and bound methods": (
        """
    def fact(n):
        return 1 if n < 2 else n * fact(n - 1)

    def inner():
        def g(n):
            return 1 if n < 2 else n * g(n - 1)

        return g

    g = inner()
    twice = lambda k, *, by=2: by * helper(k)
    part = functools.partial(helper, x=2)
    pop = [1, 2].pop
    cached = functools.lru_cache(maxsize=3)(lambda n: n + 1)
""",
        """
    assert fact(5) == g(5) == 120 and twice(2) == 6 and part() == 3 and pop() == 2
    assert cached(1) == 2 and cached.cache_parameters()["maxsize"] == 3
""",
    ),
    "a sentinel, by its name": (
        """
    holes = [1, ABSENT]
    own = object()
    twins = (own, [own])
""",
        """
    if "ABSENT" in globals():
        assert holes[1] is ABSENT
    assert twins[0] is own and twins[1][0] is own
""",
    ),
    "the source of a function": (
        """
    def shown():
        return 1
""",
        """
    assert shown() == 1 and shown.__module__ == "__main__" and shown.__qualname__ == "shown"
""",
    ),
}


@pytest.mark.parametrize(
    "setup", [SETUP, SETUP.partition("ABSENT")[0]], ids=["all of setup", "a part of setup"]
)
def test_a_notebooks_own_things_come_back_as_they_were(tasks: Tasks, setup: str):
    """All cases in one pair of processes: starting them is most of the time."""
    make = "    known = {*globals(), 'known'}\n" + "".join(case for case, _ in CASES.values())
    take = "".join(f"    print({title!r})\n{case}" for title, (_, case) in CASES.items())

    tasks.run("make", MAKE.format(body=make, names="[n for n in globals() if n not in known]"))
    names = sorted(json.loads((tasks.io / "make" / "c1" / "index.json").read_text())["names"])
    printed = tasks.run("take", TAKE.format(setup=setup, body=take, names=names))

    assert printed.splitlines() == [*CASES, "right"]


def test_setup_is_found_by_reference_whatever_its_class(tasks: Tasks):
    setup = """
    class Point:
        pass
    """
    tasks.run(
        "make",
        setup
        + """
    __cellweave__.begin("c1")
    p = [Point()]
    __cellweave__.end("c1")
    __cellweave__.store("c1", ["p"])
    """,
    )

    tasks.run(
        "take",
        setup
        + """
    __cellweave__.load([("p", "make", "c1")])
    assert type(p[0]) is Point
    """,
    )


def test_a_class_read_twice_is_one_class_and_its_newest_attributes_win(tasks: Tasks):
    tasks.run(
        "one",
        """
    __cellweave__.begin("c1")
    class Cfg:
        rate = 1
    old = Cfg()
    __cellweave__.end("c1")
    __cellweave__.store("c1", ["Cfg"])
    __cellweave__.store("c1", ["old"])
    """,
    )
    tasks.run(
        "two",
        """
    __cellweave__.load([("Cfg", "one", "c1")])
    __cellweave__.begin("c2")
    Cfg.rate = 2
    del Cfg.__doc__
    __cellweave__.end("c2")
    __cellweave__.store("c2", ["Cfg"])
    """.replace("    del Cfg.__doc__\n", ""),
    )

    tasks.run(
        "three",
        """
    __cellweave__.load([("Cfg", "two", "c2")])
    __cellweave__.load([("old", "one", "c1")])
    assert type(old) is Cfg and Cfg.rate == 2 and old.rate == 2
    """,
    )


def test_a_function_reads_the_globals_of_the_task_that_calls_it(tasks: Tasks):
    tasks.run(
        "make",
        """
    __cellweave__.begin("c1")
    rate = 1
    def pay(x):
        return x * rate
    __cellweave__.end("c1")
    __cellweave__.store("c1", ["pay"])
    """,
    )

    tasks.run(
        "take",
        """
    __cellweave__.load([("pay", "make", "c1")])
    __cellweave__.begin("c2")
    rate = 10
    assert pay(2) == 20
    __cellweave__.end("c2")
    """,
    )


def test_names_of_one_cell_that_share_an_object_come_back_sharing_it(tasks: Tasks):
    tasks.run(
        "make",
        """
    __cellweave__.begin("c1")
    rows = [1]
    box = {"rows": rows}
    lone = [1]
    __cellweave__.end("c1")
    __cellweave__.store("c1", ["rows", "box", "lone", "never"])
    """,
    )

    tasks.run(
        "take",
        """
    __cellweave__.load([("box", "make", "c1"), ("lone", "make", "c1"), ("never", "make", "c1")])
    __cellweave__.load([("rows", "make", "c1")])
    assert box["rows"] is rows and lone is not rows and "never" not in globals()
    """,
    )


def test_a_value_that_cannot_travel_fails_where_it_is_made(tasks: Tasks):
    done = tasks.attempt(
        "make",
        """
    __cellweave__.begin("c1")
    results = {"ok": 1, "gen": (n for n in [])}
    __cellweave__.end("c1")
    __cellweave__.store("c1", ["results"])
    """,
    )

    failure = tasks.failure("make")
    assert done.returncode == 1
    assert failure["code"] == "unpicklable-output"
    assert "`results['gen']` is a generator" in failure["message"]
    assert (failure["task"], failure["cell"], failure["name"]) == ("make", "c1", "results")
    assert not (tasks.io / "make" / "c1" / "index.json").exists()


def test_what_pickles_but_never_comes_back_fails_where_it_is_made(tasks: Tasks):
    tasks.attempt(
        "make",
        """
    __cellweave__.begin("c1")
    class Odd(Exception):
        def __init__(self, one, two):
            super().__init__(one)
    odd = Odd(1, 2)
    __cellweave__.end("c1")
    __cellweave__.store("c1", ["odd"])
    """,
    )

    assert tasks.failure("make")["code"] == "unpicklable-output"


def test_a_missing_input_names_its_producer(tasks: Tasks):
    tasks.attempt("take", '__cellweave__.load([("rows", "read", "c1")])')

    failure = tasks.failure("take")
    assert failure["code"] == "missing-input"
    assert "task `read`" in failure["message"]
    assert failure["name"] == "rows"


def test_a_damaged_value_is_never_read(tasks: Tasks):
    tasks.run(
        "make",
        """
    __cellweave__.begin("c1")
    rows = [1, 2, 3]
    __cellweave__.end("c1")
    __cellweave__.store("c1", ["rows"])
    """,
    )
    (blob,) = (
        path
        for path in (tasks.io / "make" / "c1").iterdir()
        if path.suffix != ".json" or path.name != "index.json"
    )
    blob.write_bytes(blob.read_bytes().replace(b"2", b"9"))

    tasks.attempt("take", '__cellweave__.load([("rows", "make", "c1")])')

    assert tasks.failure("take")["code"] == "damaged-value"


def test_an_object_shared_against_the_plan_is_an_alias_split(tasks: Tasks):
    tasks.attempt(
        "make",
        """
    __cellweave__.begin("c1")
    rows = [1]
    box = {"rows": rows}
    __cellweave__.end("c1")
    __cellweave__.store("c1", ["rows"], hazards=[("rows", "box")])
    """,
    )

    failure = tasks.failure("make")
    assert failure["code"] == "alias-split"
    assert "`rows` and `box` share a list" in failure["message"]
    assert failure["cell"] == "c1"
