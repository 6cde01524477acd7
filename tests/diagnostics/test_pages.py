"""The page of a code is found in a wheel and in an editable install."""

import tomllib
from pathlib import Path

import pytest

from cellweave.diagnostics import catalogue, pages

ROOT = Path(__file__).parents[2]


def test_an_editable_install_reads_the_pages_of_its_repository():
    assert not list(pages.PACKAGED.glob("*.md"))
    assert pages.REPOSITORY == ROOT / "docs" / "errors"

    for code in catalogue.rules():
        assert pages.read(code).startswith(f"# {code}\n")


def test_a_wheel_reads_the_pages_that_it_carries(tmp_path, monkeypatch):
    (tmp_path / "no-code.md").write_text("# from the wheel: é\n", encoding="utf-8")
    monkeypatch.setattr(pages, "PACKAGED", tmp_path)
    monkeypatch.setattr(pages, "REPOSITORY", tmp_path / "nothing")

    assert pages.read("no-code") == "# from the wheel: é\n"


def test_the_wheel_carries_the_pages_of_the_site():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    [packaged] = [to for source, to in wheel["force-include"].items() if source == "docs/errors"]

    assert ROOT / "kernels" / packaged == pages.PACKAGED


def test_links_that_lead_nowhere_away_from_the_site_become_their_text(tmp_path, monkeypatch):
    text = (
        "see [`no-json`](no-json.md), [more](../how-to/x.md#y), [this](https://json-schema.org)\n"
    )
    (tmp_path / "no-code.md").write_text(text, encoding="utf-8")
    monkeypatch.setattr(pages, "PACKAGED", tmp_path)

    assert pages.read("no-code") == "see `no-json`, more, [this](https://json-schema.org)\n"


@pytest.mark.parametrize("code", ["nope", "index"])
def test_a_code_that_is_not_there_has_no_page(code):
    with pytest.raises(KeyError, match=code):
        pages.read(code)
