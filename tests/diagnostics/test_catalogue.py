"""Rules, their pages and the index of pages are one list."""

import re
from pathlib import Path

import pytest

from cellweave.diagnostics import catalogue, rules

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "errors"
CODES = sorted(catalogue.rules())
SECTIONS = ["## Example", "## Why it matters", "## How to fix it"]


def test_each_rule_has_a_page_and_each_page_a_rule():
    assert sorted(p.stem for p in PAGES.glob("*.md") if p.stem != "index") == CODES


def test_the_index_lists_every_page_and_no_other():
    index = (PAGES / "index.md").read_text(encoding="utf-8")

    assert sorted(re.findall(r"\]\(([\w-]+)\.md\)", index)) == CODES


@pytest.mark.parametrize("code", CODES)
def test_a_page_says_what_why_and_how(code):
    rule = catalogue.rule(code)
    text = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    headings = [line for line in text.splitlines() if line.startswith("## ")]

    assert text.startswith(f"# {code}\n\n{rule.summary}\n\nSeverity: {rule.severity}\n\n")
    assert headings == SECTIONS
    bodies = re.split(r"^## .*$", text, flags=re.MULTILINE)
    assert all(len(body.strip()) > 30 for body in bodies)


@pytest.mark.parametrize("code", CODES)
def test_a_rule_is_the_module_of_its_name_with_one_line_to_say(code):
    rule = catalogue.rule(code)
    file = Path(rules.__file__).with_name(f"{code.replace('-', '_')}.py")

    assert rule.code == code
    assert file.read_text(encoding="utf-8").startswith(f'"""{rule.summary}"""\n')
    assert re.fullmatch(r"[A-Z].*\.", rule.summary)
    assert rule.status in (1, 2)


def test_an_unknown_code_is_a_key_error():
    with pytest.raises(KeyError, match="nope"):
        catalogue.rule("nope")


def test_rules_are_sorted_and_cannot_be_changed():
    found = catalogue.rules()

    assert list(found) == sorted(found)
    with pytest.raises(TypeError):
        found["x"] = None
