import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellweave.notebook import spans

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=6,
)
INDENTS = st.sampled_from([None, 0, 1, "\t"])


@given(VALUES, INDENTS, st.booleans())
def test_the_span_of_a_value_is_the_value(value, indent, ascii_only):
    data = f"  {json.dumps(value, indent=indent, ensure_ascii=ascii_only)} ".encode()

    span = spans.value(data, 0)

    assert span.of(data) == data.strip()


@settings(max_examples=50)
@given(st.dictionaries(st.text(), VALUES, max_size=4), INDENTS)
def test_members_of_an_object_are_its_keys_and_values(value, indent):
    data = json.dumps(value, indent=indent).encode()

    found = list(spans.members(data, spans.value(data, 0)))

    assert {json.loads(k.of(data)): json.loads(v.of(data)) for k, v in found} == value


@settings(max_examples=50)
@given(st.lists(VALUES, max_size=4), INDENTS)
def test_items_of_a_list_are_its_items(value, indent):
    data = json.dumps(value, indent=indent).encode()

    assert [json.loads(s.of(data)) for s in spans.items(data, spans.value(data, 0))] == value


@pytest.mark.parametrize("data", [b"", b"[1", b'"a', b"]"])
def test_what_does_not_end_is_an_error(data):
    with pytest.raises(ValueError, match="byte"):
        spans.value(data, 0)


def test_a_large_text_with_many_escapes_needs_no_deep_stack():
    data = json.dumps({"text": 'a\n"' * 500_000}).encode()

    assert spans.value(data, 0).end == len(data)
