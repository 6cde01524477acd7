"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

NOTEBOOK = click.argument("notebook", type=click.Path(path_type=Path))
"""Not checked by click: the reader says more clearly what is wrong with a file."""
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
