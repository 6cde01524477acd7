"""All rules there are: every module in `rules/` has one, named `RULE`; nothing else lists them."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from cellweave.diagnostics import rules as package
from cellweave.diagnostics.core import Rule


@functools.cache
def rules() -> Mapping[str, Rule]:
    """Give every rule by code, sorted."""
    found: list[Rule] = [
        importlib.import_module(f"{package.__name__}.{module.name}").RULE
        for module in pkgutil.iter_modules(package.__path__)
    ]
    return MappingProxyType({rule.code: rule for rule in sorted(found, key=lambda r: r.code)})


def rule(code: str) -> Rule:
    """Give the rule with this code without importing the others; `KeyError` where there is none."""
    name = f"{package.__name__}.{code.replace('-', '_')}"
    try:
        found: Rule = importlib.import_module(name).RULE
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise KeyError(code) from None
    return found
