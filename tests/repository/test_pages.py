"""The repository's own promises about itself: pages, links, the map, the Makefile."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "example_notebooks").glob("*.md")]
)
PACKAGES = sorted(
    path.name
    for path in (ROOT / "kernels" / "cellweave").iterdir()
    if (path / "__init__.py").is_file()
)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks(path: Path, language: str) -> list[str]:
    """Give the fenced blocks of a language, the word after it (a reason) not allowed."""
    text = path.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_of_a_page_leads_somewhere(page: Path):
    text = page.read_text(encoding="utf-8")
    text = re.sub(r"^```.*?^```|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)

    targets = [t.partition("#")[0] for t in re.findall(r"\]\(([^)\s]+)\)", text)]

    local = [t for t in targets if t and "://" not in t and not t.startswith("mailto:")]
    assert [t for t in local if not (page.parent / t).exists()] == []


SHOWS_BROKEN_CODE = {"docs/errors/parse-error.md"}


@pytest.mark.parametrize("page", [p for p in PAGES if name(p) not in SHOWS_BROKEN_CODE], ids=name)
def test_every_python_block_of_a_page_is_python(page: Path):
    for block in blocks(page, "python"):
        ast.parse(re.sub(r"^[%!].*$", "pass", block, flags=re.MULTILINE))


def test_the_map_in_contributing_has_every_package():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

    listed = set(re.findall(r"^  (\w+) {2,}", text, flags=re.MULTILINE))

    assert set(PACKAGES) <= listed


def test_the_architecture_page_has_every_package():
    text = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")

    assert [p for p in PACKAGES if f"| `{p}` |" not in text] == []


def test_every_target_people_may_call_has_a_line_of_help():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: ((?:.*\\\n)*.*)$", text, flags=re.MULTILINE)
    assert phony
    targets = phony[1].replace("\\", " ").split()

    helped = subprocess.run(
        ["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    assert [t for t in targets if not re.search(rf"^\s+{t}\s", helped, flags=re.MULTILINE)] == []


def test_what_a_hook_runs_is_there():
    import yaml

    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]

    files = [word for h in hooks for word in h["entry"].split() if word.endswith(".py")]

    assert {repo["repo"] for repo in config["repos"]} == {"local"}
    assert [f for f in files if not (ROOT / f).is_file()] == []


def test_the_thin_install_asks_for_nothing_heavy():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    needed = {re.split(r"[<>=!~\[ ]", d, maxsplit=1)[0] for d in project["dependencies"]}

    assert needed == {"click", "graphviz", "msgspec", "rich"}
    assert set(project["optional-dependencies"]) == {"run", "lab", "flyte", "all"}


def test_every_ignored_lint_rule_has_its_reason():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    section = text.partition("[tool.ruff.lint]")[2].partition("[tool.ruff.lint.pydocstyle]")[0]

    rules = [line for line in section.splitlines() if re.match(r'\s+"[A-Z]+\d*",', line)]

    assert len(rules) > 20
    assert [line for line in rules if not re.search(r"# \S+", line)] == []
