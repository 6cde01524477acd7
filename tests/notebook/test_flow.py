import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellweave.notebook.flow import FlowError, Scalar, parse, parse_block


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4Gi", Scalar("4Gi")),
        ("  4Gi  # plenty", Scalar("4Gi")),
        ("a#b", Scalar("a#b")),
        ("", Scalar("")),
        ("# only a comment", Scalar("")),
        ("'it''s'", Scalar("it's", quoted=True)),
        (r'"a\n\"b\" \u00e9"', Scalar('a\n"b" é', quoted=True)),
        ('"a # b"  # c', Scalar("a # b", quoted=True)),
        ("*.csv", Scalar("*.csv")),
        ("registry/image:1.2", Scalar("registry/image:1.2")),
        ("[]", []),
        ("[a, 'b, c', d e]", [Scalar("a"), Scalar("b, c", quoted=True), Scalar("d e")]),
        ("[a, b,] # c", [Scalar("a"), Scalar("b")]),
        ("{A: 1, 'B c': [x]}", {"A": Scalar("1"), "B c": [Scalar("x")]}),
        ("{A: http://x/y}", {"A": Scalar("http://x/y")}),
    ],
)
def test_a_value_is_read(text, value):
    assert parse(text) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a, b", "`]` is missing"),
        ("[a b: c}", "`]` is missing"),
        ("[, a]", "a value is missing"),
        ("{a}", "`a` needs a `: value`"),
        ("{a: 1, a: 2}", "`a` is given twice"),
        ("{: 1}", "a name is missing"),
        ("'abc", "is not closed"),
        ('"abc', "is not closed"),
        ("[a] b", "unexpected `b`"),
        (r'"\q"', "is no escape"),
        (r'"\UFFFFFFFF"', "is no escape"),
        ("[" * 50 + "]" * 50, "nested too deeply"),
    ],
)
def test_what_is_wrong_with_a_value_is_said(text, said):
    with pytest.raises(FlowError) as failure:
        parse(text)

    assert said in str(failure.value)


@pytest.mark.parametrize(
    ("head", "lines", "value"),
    [
        ("", ["- a", "- 'b, c'"], [Scalar("a"), Scalar("b, c", quoted=True)]),
        ("", ["A: 1", "", "B: x # why"], {"A": Scalar("1"), "B": Scalar("x")}),
        ("|", ["one", "two"], Scalar("one\ntwo", quoted=True)),
        (">-", ["one", "two"], Scalar("one two", quoted=True)),
        ("one", ["two"], Scalar("one two")),
        ("[a,", ["b]"], [Scalar("a"), Scalar("b")]),
    ],
)
def test_a_value_may_go_on_over_lines(head, lines, value):
    assert parse_block(head, lines) == value


def test_a_block_is_a_list_or_a_map():
    with pytest.raises(FlowError, match="neither"):
        parse_block("", ["- a", "b"])


@given(st.text())
def test_any_text_is_a_value_or_a_flow_error(text):
    with contextlib.suppress(FlowError):
        parse(text)


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"])))
def test_a_quoted_text_comes_back_as_it_was(text):
    single = "'" + text.replace("'", "''") + "'"
    double = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    assert parse(single) == parse(double) == Scalar(text, quoted=True)
