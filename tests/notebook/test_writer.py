import json
import subprocess

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellweave.diagnostics.errors import NotebookError, UsageError
from cellweave.notebook import reader, writer

LINES = st.lists(
    st.text(alphabet=st.sampled_from("ab1 \t\"\\/é😀\u2028\x0c\x00'[]{}:,")), max_size=4
)
SOURCES = st.builds("\n".join, LINES)


def changed_lines(old, new):
    """Give the lines of the old file and of the new one that the other does not have in place."""
    before, after = old.split(b"\n"), new.split(b"\n")
    while before and after and before[0] == after[0]:
        del before[0], after[0]
    while before and after and before[-1] == after[-1]:
        del before[-1], after[-1]
    return before, after


@st.composite
def files(draw):
    """Notebooks as different programs write them."""
    cells = [
        {
            "cell_type": draw(st.sampled_from(["code", "markdown"])),
            "id": f"c{number}",
            "metadata": {"source": "not this one", "x": [{"source": []}]},
            "source": source if draw(st.booleans()) else source.splitlines(keepends=True),
            "outputs": [{"text": source}],
        }
        for number, source in enumerate(draw(st.lists(SOURCES, min_size=1, max_size=4)))
    ]
    if draw(st.booleans()):
        cells = [dict(sorted(cell.items(), reverse=True)) for cell in cells]
    content = {"metadata": {"cells": [1, "]"]}, "cells": cells, "nbformat": 4, "nbformat_minor": 5}
    text = json.dumps(
        content,
        indent=draw(st.sampled_from([None, 1, 2, "\t"])),
        ensure_ascii=draw(st.booleans()),
        separators=draw(st.sampled_from([None, (",", ":")])),
    )
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    end = draw(st.sampled_from([b"", b"\n"]))
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text.encode() + end


@given(files())
def test_the_source_that_is_there_gives_the_same_bytes(data):
    for cell in reader.parse(data).cells:
        assert writer.edit_source(data, cell.id, cell.source) == data


@given(files(), SOURCES, st.randoms())
def test_an_edit_changes_that_cells_source_and_nothing_else(data, source, random):
    cells = reader.parse(data).cells
    cell = random.choice(cells)

    new = writer.edit_source(data, cell.id, source)

    expected = json.loads(data.removeprefix(b"\xef\xbb\xbf"))
    given = json.loads(new.removeprefix(b"\xef\xbb\xbf"))
    text = given["cells"][cell.index]["source"]
    assert source == (text if isinstance(text, str) else "".join(text))
    assert type(text) is type(expected["cells"][cell.index]["source"])
    expected["cells"][cell.index]["source"] = text
    assert given == expected
    assert list(given) == list(expected)


@given(files(), SOURCES)
def test_an_edit_that_is_taken_back_gives_the_same_notebook(data, source):
    cell = reader.parse(data).cells[0]

    there = writer.edit_source(data, cell.id, source)
    back = writer.edit_source(there, cell.id, cell.source)

    assert reader.parse(back).cells == reader.parse(data).cells


def jupyter_file(*sources):
    cells = [nbformat.v4.new_code_cell(source, id=f"c{n}") for n, source in enumerate(sources)]
    return (nbformat.writes(nbformat.v4.new_notebook(cells=cells)) + "\n").encode()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a = 1\nb = 2\nc = 3", "a = 1\nb = 'two'\nc = 3"),
        ("a = 1", "a = 1\nb = 2"),
        ("a = 1\nb = 2", "b = 2"),
        ("", "a = 1\nb = 2"),
        ("a = 1\nb = 2", ""),
        ("a = 1", "a = 'é😀\\n'"),
    ],
)
def test_an_edit_is_what_jupyter_itself_would_have_written(old, new):
    data = jupyter_file("x = 0", old, "y = 0")

    assert writer.edit_source(data, "c1", new) == jupyter_file("x = 0", new, "y = 0")


def test_only_the_edited_line_differs():
    data = jupyter_file("x = 0", "a = 1\nb = 2\nc = 3", "y = 0")

    new = writer.edit_source(data, "c1", "a = 1\nb = 5\nc = 3")

    assert changed_lines(data, new) == ([b'    "b = 2\\n",'], [b'    "b = 5\\n",'])


def test_a_cell_without_an_id_in_the_file_is_edited_by_its_derived_id():
    old = json.loads(jupyter_file("x = 0", "a = 1"))
    old["nbformat_minor"] = 4
    for cell in old["cells"]:
        del cell["id"]
    data = json.dumps(old, indent=1).encode()
    name = reader.parse(data).cells[1].id

    new = writer.edit_source(data, name, "a = 2")

    assert changed_lines(data, new) == ([b'    "a = 1"'], [b'    "a = 2"'])


def test_a_source_that_is_one_item_of_a_list_stays_one():
    data = json.dumps(
        {"cells": [{"cell_type": "code", "id": "a", "metadata": {}, "source": ["x = 1\ny = 2\n"]}],
         "metadata": {}, "nbformat": 4, "nbformat_minor": 5},
        indent=2,
    ).encode()  # fmt: skip

    new = writer.edit_source(data, "a", "x = 1\ny = 3\n")

    assert new == data.replace(b"y = 2", b"y = 3")


def test_escapes_stay_where_the_file_has_escapes():
    data = json.dumps(json.loads(jupyter_file("x = 'é'", "a = 1")), indent=1).encode()
    assert b"\\u00e9" in data

    new = writer.edit_source(data, "c1", "a = 'ü'")

    assert b"\\u00fc" in new


def test_an_emptied_list_gets_the_files_indentation_back():
    data = jupyter_file("x", "").replace(b"\n", b"\r\n")

    new = writer.edit_source(data, "c1", "a\nb")

    assert new == jupyter_file("x", "a\nb").replace(b"\n", b"\r\n")


def test_half_a_character_is_written_as_an_escape_and_read_with_a_word():
    data = jupyter_file("x = 'é'")

    new = writer.edit_source(data, "c0", "x = '\ud800'")

    assert b"\\ud800" in new
    assert [d.code for d in reader.parse(new).diagnostics] == ["lone-surrogate"]


def test_a_cell_that_is_not_there_is_a_usage_error():
    with pytest.raises(UsageError, match="unknown-cell"):
        writer.edit_source(jupyter_file("x"), "nope", "y")


def test_an_old_format_is_not_edited_in_place():
    cells = [{"cell_type": "code", "input": "x", "outputs": []}]
    data = json.dumps({"nbformat": 3, "metadata": {}, "worksheets": [{"cells": cells}]}).encode()

    with pytest.raises(NotebookError, match="save the notebook in Jupyter first"):
        writer.edit_source(data, reader.parse(data).cells[0].id, "y")


@given(SOURCES)
def test_a_notebook_of_our_own_is_written_as_jupyter_writes_it(source):
    theirs = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(source, id="a"),
            nbformat.v4.new_markdown_cell("x\ny", id="b"),
        ],
        metadata={"z": 1, "a": {"b": []}},
    )

    assert writer.to_bytes(theirs) == (nbformat.writes(theirs) + "\n").encode()


def test_a_written_notebook_can_be_read_with_half_a_character_in_it():
    raw = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = '\ud800'", id="a")])

    assert reader.parse(writer.to_bytes(raw)).cells[0].source == "x = '\ufffd'"


def test_a_notebook_is_written_by_rename(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text("old")
    path.chmod(0o640)
    link = tmp_path / "link.ipynb"
    link.symlink_to(path)

    writer.write(nbformat.v4.new_notebook(), link)

    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.ipynb", "link.ipynb"]
    assert reader.read(path).cells == ()


@pytest.mark.slow
def test_a_large_output_is_passed_over_quickly():
    content = json.loads(jupyter_file("x = 1", "y = 2"))
    content["cells"][0]["outputs"] = [{"text": ['a "quoted" \\ line\n'] * 100_000}]
    data = json.dumps(content, indent=1).encode()

    new = writer.edit_source(data, "c1", "y = 3")

    assert len(new) == len(data)


def test_a_diff_of_an_edit_has_two_lines(tmp_path):
    old, new = tmp_path / "old.ipynb", tmp_path / "new.ipynb"
    old.write_bytes(jupyter_file("x = 1\ny = 2", "z = 3"))
    new.write_bytes(writer.edit_source(old.read_bytes(), "c0", "x = 1\ny = 5"))

    diff = subprocess.run(["diff", old, new], check=False, capture_output=True, text=True)

    assert diff.stdout.splitlines()[1:] == ['<     "y = 2"', "---", '>     "y = 5"']
