"""`cellweave explain`: what a diagnostic means, why it matters and how to fix it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from cellweave.cli.options import JSON
from cellweave.cli.output import Output

if TYPE_CHECKING:
    from cellweave.cli.output import Span
    from cellweave.diagnostics.core import Rule


@click.command("explain")
@click.argument("code", required=False)
@JSON
@click.pass_obj
def command(output: Output, code: str | None, *, as_json: bool) -> int:
    """Say what the diagnostic CODE means and what to do; without CODE, list all codes."""
    from cellweave.diagnostics import pages
    from cellweave.diagnostics.catalogue import rules

    known = rules()
    if code is None:
        if as_json:
            output.json([_document(rule) for rule in known.values()])
        else:
            output.lines(_listed(known.values()))
    elif code not in known:
        raise click.UsageError(_unknown(code, known))
    elif as_json:
        output.json(_document(known[code]))
    else:
        output.markdown(pages.read(code))
    return 0


def _document(rule: Rule) -> dict[str, Any]:
    from cellweave.diagnostics import pages

    return {
        "code": rule.code,
        "severity": rule.severity,
        "summary": rule.summary,
        "page": pages.read(rule.code),
    }


def _listed(rules: Iterable[Rule]) -> Iterator[list[Span]]:
    from cellweave.cli.diagnostics import STYLES

    rows = list(rules)
    width = max(len(rule.code) for rule in rows)
    for rule in rows:
        severity = (f"{rule.severity:<7}", STYLES[rule.severity])
        yield [(f"{rule.code:<{width}}", "bold"), ("  ", ""), severity, (f"  {rule.summary}", "")]


def _unknown(code: str, known: Iterable[str]) -> str:
    from cellweave.diagnostics.rules.unknown_option import nearest

    near = nearest(code, known)
    advice = f"did you mean `{near}`?" if near else "`cellweave explain` lists them all"
    return f"there is no diagnostic `{code}`; {advice}"
