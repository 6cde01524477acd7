"""`cellweave explain`: what a diagnostic means."""

from __future__ import annotations

import io
import json
import sys

import pytest

from cellweave.cli.commands.explain import command
from cellweave.cli.output import Output
from cellweave.diagnostics import catalogue, pages


def test_a_page_is_plain_markdown_in_a_pipe(cellweave):
    result = cellweave("explain", "hidden-mutation")

    assert result.exit_code == 0
    assert result.output == pages.read("hidden-mutation")


def test_a_page_is_rendered_on_a_terminal(monkeypatch):
    class Terminal(io.StringIO):
        encoding = "utf-8"

        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("NO_COLOR", "1")

    command.main(["alias-split"], obj=Output(), standalone_mode=False)

    shown = terminal.getvalue()
    assert "Why it matters" in shown
    assert "## Why" not in shown
    assert "```" not in shown


def test_without_a_code_every_code_is_listed_with_severity_and_summary(cellweave):
    lines = cellweave("explain").output.splitlines()

    assert len(lines) == len(catalogue.rules())
    for line, rule in zip(lines, catalogue.rules().values(), strict=True):
        assert line.split(maxsplit=2) == [rule.code, rule.severity, rule.summary]


def test_the_json_form_has_the_facts_and_the_page(cellweave):
    rule = catalogue.rule("no-code")

    one = json.loads(cellweave("explain", "no-code", "--json").output)
    every = json.loads(cellweave("explain", "--json").output)

    assert one == {
        "code": "no-code",
        "severity": "info",
        "summary": rule.summary,
        "page": pages.read("no-code"),
    }
    assert one in every
    assert [entry["code"] for entry in every] == list(catalogue.rules())


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("alais-split", "did you mean `alias-split`?"),
        ("Alias_Split", "did you mean `alias-split`?"),
        ("../errors/index", "`cellweave explain` lists them all"),
        ("", "`cellweave explain` lists them all"),
    ],
)
def test_a_code_that_is_not_there(cellweave, code, advice):
    plain = cellweave("explain", code)
    as_json = cellweave("explain", code, "--json")

    assert plain.exit_code == as_json.exit_code == 2
    assert f"there is no diagnostic `{code}`; {advice}" in plain.output
    assert advice in json.loads(as_json.output)["error"]["message"]


def test_what_a_printed_diagnostic_names_as_more_works(cellweave, notebook):
    said = cellweave("check", notebook("print(nowhere)")).output
    [more] = [line for line in said.splitlines() if line.startswith("  more: cellweave ")]

    result = cellweave(*more.split()[2:])

    assert result.exit_code == 0
    assert result.output.startswith("# undefined-name\n")
