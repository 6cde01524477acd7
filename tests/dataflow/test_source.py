"""Magics and shell lines become Python that the interpreter knows, on the lines they had."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellweave.dataflow.source import PYTHON_BODY, Parsed, interpolations, parse


def text(parsed: Parsed) -> str:
    """Give the tree as source again."""
    assert parsed.error == ""
    return ast.unparse(ast.Module(parsed.body, []))


def lines(parsed: Parsed) -> list[int]:
    return [statement.lineno for statement in parsed.body]


REWRITTEN = {
    # line magics
    "%cd data": "__magic__('cd', 'data')",
    "%lsmagic": "__magic__('lsmagic', '')",
    "%precision 3": "__magic__('precision', '3')",
    "%cd a\\b": "__magic__('cd', 'a\\\\b')",
    "names = %who_ls": "names = __magic__('who_ls', '')",
    "names[0] = %who_ls": "names[0] = __magic__('who_ls', '')",
    "best = %timeit -o f()": "best = __magic__('timeit', '-o f()')",
    # the statement after %time is the notebook's own
    "%time f()": "f()",
    "%time x = 1": "x = 1",
    "%time": "__magic__('time', '')",
    # shell
    "!ls {folder}": "__shell__('ls {folder}')",
    "!!ls": "__shell__('ls')",
    "!ls; x": "__shell__('ls; x')",
    "files = !ls": "files = __shell__('ls')",
    "files=!ls": "files = __shell__('ls')",
    "a, b = !ls": "a, b = __shell__('ls')",
    "a.b = !ls": "a.b = __shell__('ls')",
    # in a block
    "if x:\n    %cd y": "if x:\n    __magic__('cd', 'y')",
    "for i in x:\n    a = !echo {i}": "for i in x:\n    a = __shell__('echo {i}')",
    "def f():\n    !ls\n    return 1": "def f():\n    __shell__('ls')\n    return 1",
    # help says nothing about data
    "x?": "pass",
    "?x": "pass",
    "x??": "pass",
    "??x": "pass",
    "x.append?": "pass",
    "x[0]?": "pass",
    # automagic: a cell of one line
    "ls": "__magic__('ls', '')",
    "pwd": "__magic__('pwd', '')",
    "pip install numpy": "__magic__('pip', 'install numpy')",
    "cd ..": "__magic__('cd', '..')",
    "mv a b": "__magic__('mv', 'a b')",
}


@pytest.mark.parametrize("source", REWRITTEN)
def test_a_magic_becomes_a_call(source):
    assert text(parse(source)) == REWRITTEN[source]


NO_MAGIC = {
    "a remainder": "x = 5 %y",
    "a remainder in place": "x %= 3",
    "not equal": "x != 3",
    "a string": "x = '''\n%cd a\n!ls\nx?\n'''",
    "a string in single quotes": "x = '%cd'",
    "an f-string": "x = f'''{y}\n%cd'''",
    "a raw string with a backslash": "x = r'''\\ '''",
    "a bracket": "x = (a\n %b)",
    "a bracket after a comment with one": "x = (a  # ) it's\n %b)",
    "a continued line": "x = 5 \\\n  %y",
    "a name that automagic has": "cat = 1",
    "an update": "cat += 1",
    "a call of a name that automagic has": "rm (x)",
}


@pytest.mark.parametrize("why", NO_MAGIC)
@pytest.mark.parametrize("after", ["", "\n!ls"], ids=["alone", "above a shell line"])
def test_what_only_looks_like_a_magic_is_python(why, after):
    plain = text(Parsed("", ast.parse(NO_MAGIC[why]).body))

    found = parse(NO_MAGIC[why] + after)

    assert text(found) == plain + ("\n__shell__('ls')" if after else "")


@pytest.mark.parametrize("line", ["cat += 1", "ls - 1", "ls", "cp in x", "pip.x"])
def test_a_longer_cell_has_no_magic_without_its_sign(line):
    assert text(parse(f"{line}\n!ls")) == f"{line}\n__shell__('ls')"


LINES = {
    "x = 5\n%matplotlib inline\ny": [1, 2, 3],
    "!ls \\\n  -l\nx = 1": [1, 3],
    "s = '''\n%cd x\n'''\n%cd y": [1, 4],
    "(a\n %b)\n!ls": [1, 3],
    "\n\n%cd x\n\n# why\ny": [3, 6],
    "%%time\nx = 1": [2],
    "\n\n%%time\nx = 1": [4],
    "%%capture out\n%cd x\n!ls": [2, 3],
    "#| task: a\n!ls\nx": [2, 3],
    "%time \\\n f()\nx": [1, 3],
    "x?\ny": [1, 2],
}


@pytest.mark.parametrize("source", LINES)
def test_every_statement_keeps_its_line(source):
    assert lines(parse(source)) == LINES[source]


def test_a_continued_shell_line_is_one_command():
    assert text(parse("!ls \\\n  -l \\\n  -a\nx")) == "__shell__('ls  -l  -a')\nx"


@pytest.mark.parametrize("magic", sorted(PYTHON_BODY))
def test_a_cell_magic_that_runs_python_leaves_its_body_as_it_is(magic):
    found = parse(f"%%{magic}\nx = 1\n%cd y")

    assert text(found) == "x = 1\n__magic__('cd', 'y')"
    assert lines(found) == [2, 3]
    assert found.magic == magic


@pytest.mark.parametrize(
    ("source", "call"),
    [
        ("%%bash\nls", "__cell_magic__('bash', '', 'ls')"),
        ("%%bash --out o\nls\npwd", "__cell_magic__('bash', '--out o', 'ls\\npwd')"),
        ("%%html\n<b>'x'</b>", "__cell_magic__('html', '', \"<b>'x'</b>\")"),
        ("%%writefile a.py\nx =", "__cell_magic__('writefile', 'a.py', 'x =')"),
        ("%%sql\nselect 1", "__cell_magic__('sql', '', 'select 1')"),
        ("%%", "__cell_magic__('', '', '')"),
    ],
)
def test_the_body_of_any_other_cell_magic_is_text(source, call):
    assert text(parse(source)) == call


@pytest.mark.parametrize(
    ("first", "name"),
    [
        ("%%capture out", "out"),
        ("%%capture --no-stderr out", "out"),
        ("%%capture out --no-display", "out"),
        ("%%capture", ""),
        ("%%capture --no-stdout", ""),
        ("%%time out", ""),
    ],
)
def test_capture_says_which_variable_it_binds(first, name):
    assert parse(f"{first}\nprint(1)").capture == name


@pytest.mark.parametrize(
    ("source", "line", "says"),
    [
        ("def f(:\n", 1, "invalid syntax"),
        ("x = 1\ny = = 2", 2, "invalid syntax"),
        ("%cd x\ny = = 2", 2, "invalid syntax"),
        ("!ls \\\n -l\ny = = 2", 3, "invalid syntax"),
        ("%%time\nx = 1\ny = = 2", 3, "invalid syntax"),
        ("x = (1,\n", 1, "never closed"),
        ("x = '''\n", 1, "unterminated"),
        ("f(\n %x,\n)", 2, "invalid syntax"),
        ("print(!ls)", 1, "invalid syntax"),
        ("x = 1\n\0", 1, "null bytes"),
        ("x = '\ud800'", 1, "cannot read"),
        ("(" * 300 + ")" * 300, 1, "too many nested"),
    ],
)
def test_what_does_not_parse_says_why_and_on_which_line(source, line, says):
    found = parse(source)

    assert found.body == []
    assert says in found.error
    assert found.line == line


@pytest.mark.parametrize("deep", ["-" * 20_000 + "1", "x" + ".y" * 20_000, "+".join("x" * 20_000)])
def test_source_that_is_nested_without_end_is_an_answer_and_no_exception(deep):
    found = parse(deep)

    assert found.error or found.body


@pytest.mark.parametrize("source", ["", "\n\n", "# only words", "   ", "#| skip: true"])
def test_a_cell_without_code_is_no_error(source):
    assert parse(source).body == []
    assert parse(source).error == ""


@pytest.mark.parametrize(
    ("command", "expressions"),
    [
        ("ls", []),
        ("ls {folder}", ["folder"]),
        ("ls $folder", ["folder"]),
        ("ls ${folder}/x", ["folder"]),
        ("cp {a} {b + 'x'}", ["a", "b + 'x'"]),
        ("printf {x:.2f} {y!r}", ["x", "y"]),
        ("echo $1 $", []),
    ],
)
def test_a_command_reads_what_is_filled_into_it(command, expressions):
    assert interpolations(command) == expressions


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.text(alphabet=st.sampled_from("ab=%!?'\"\\\n ()[]{}#:,.1$\t"), max_size=40))
def test_no_text_whatever_makes_the_parser_raise(source):
    found = parse(source)

    assert bool(found.error) == (found.line > 0)
    assert all(1 <= n <= source.count("\n") + 1 for n in lines(found))


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(
    st.lists(
        st.sampled_from(["x = 1", "f(\n1,\n)", "s = '''\n!ls\n'''", "y = \\\n 2", "# c", ""]),
        min_size=1,
        max_size=6,
    )
)
def test_a_shell_line_below_moves_nothing(parts):
    source = "\n".join(parts)

    assert lines(parse(source + "\n!ls"))[:-1] == lines(parse(source))
