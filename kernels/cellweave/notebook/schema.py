"""The JSON Schema of cell options and notebook settings, and the page that lists them.

Both come from the Structs, so that Python, the form in JupyterLab, completion and the docs cannot
disagree. `python -m cellweave.notebook.schema [FOLDER]` writes them; a test compares.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from cellweave._base.files import write_atomic
from cellweave.notebook.options import Options
from cellweave.notebook.settings import Settings

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FOLDER = Path("docs/reference")
VALUES = {
    "string": "text",
    "boolean": "`true`, `false`",
    "integer": "whole number",
    "array": "list of objects",
    "object": "map of text",
}
"""What the page calls a JSON type."""


def options_schema() -> dict[str, Any]:
    """Give the schema of what the option lines of a cell amount to: an object, a key an option."""
    return _schema(Options, "Cell options of cellweave")


def settings_schema() -> dict[str, Any]:
    """Give the schema of `metadata.cellweave` of a notebook."""
    return _schema(Settings, "Notebook settings of cellweave")


def _schema(kind: type[msgspec.Struct], title: str) -> dict[str, Any]:
    (root,), parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    own = parts.pop(root["$ref"].rpartition("/")[2])
    schema = {"$schema": DIALECT, **_as_written(own), "title": title}
    if parts:
        schema["$defs"] = {name: _as_written(part) for name, part in parts.items()}
    return schema


def _as_written(schema: dict[str, Any]) -> dict[str, Any]:
    """Allow what the reader allows: `after: load`, a number for `cpu`; but no unknown key."""
    for part in schema["properties"].values():
        if "pattern" in part:
            part["type"] = ["string", "number"]
            del part["default"]  # the empty text that stands for "not given" is no quantity
        elif part.get("items", {}).get("type") == "string":
            part["type"] = ["array", "string"]
        elif "additionalProperties" in part:
            part["additionalProperties"]["type"] = ["string", "number", "boolean"]
    schema.pop("required", None)
    return {**schema, "additionalProperties": False}


def page() -> str:
    """Give the reference page of options and settings, as Markdown."""
    return "\n".join(
        [
            "# Cell options and notebook settings",
            "",
            "<!-- Written by `python -m cellweave.notebook.schema`; edit the Structs instead. -->",
            "",
            "Options are `#| key: value` lines at the top of a code cell, below a `%%` magic where",
            "there is one. Blank lines and comments may stand between them. Keys that belong to",
            "Quarto or nbdev are left alone; any other gets a warning with the nearest name.",
            "",
            "```python",
            "#| task: fit",
            "#| memory: 8Gi",
            "#| after: [load, clean]",
            "#| env: {MODE: fast}",
            "model.fit(X, y)",
            "```",
            "",
            "A list may be written `[a, b]`, `a, b`, or one `#|   - item` line each. Text that",
            "holds ` #`, or begins with a bracket or quote, goes in quotes. `when` takes Python as",
            "it is. Their JSON Schema: [options.schema.json](options.schema.json).",
            "",
            "## Cell options",
            "",
            *_table(options_schema()),
            "",
            "## Notebook settings",
            "",
            "These stand in the notebook's metadata under `cellweave`. Their JSON Schema:",
            "[settings.schema.json](settings.schema.json).",
            "",
            *_table(settings_schema()),
            "",
            "`resources` holds:",
            "",
            *_table(settings_schema()["$defs"]["DefaultResources"]),
            "",
        ]
    )


def _table(schema: dict[str, Any]) -> list[str]:
    rows = ["| Key | Value | Default | Meaning |", "| --- | --- | --- | --- |"]
    for key, part in schema["properties"].items():
        default = f"`{part['default']}`" if part.get("default") else ""
        rows.append(f"| `{key}` | {_value(part)} | {default} | {part['description']} |")
    return rows


def _value(part: dict[str, Any]) -> str:
    if "enum" in part:
        return ", ".join(f"`{choice}`" for choice in part["enum"])
    if "anyOf" in part:
        return _value(part["anyOf"][0])
    if "pattern" in part:
        return "time" if "h)" in part["pattern"] else "quantity"
    if "$ref" in part:
        return "object"
    kind = part["type"]
    return "names" if kind == ["array", "string"] else VALUES[kind]


def files() -> dict[str, str]:
    """Give the generated files by name."""
    return {
        "options.md": page(),
        "options.schema.json": json.dumps(options_schema(), indent=2) + "\n",
        "settings.schema.json": json.dumps(settings_schema(), indent=2) + "\n",
    }


def main(arguments: list[str]) -> int:
    """Write the generated files into the folder given, by default `docs/reference`."""
    folder = Path(arguments[0]) if arguments else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files().items():
        write_atomic(folder / name, text.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
