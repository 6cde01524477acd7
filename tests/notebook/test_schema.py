import json
from pathlib import Path

import jsonschema
import pytest

from cellweave.notebook import schema
from cellweave.notebook.options import KEYS

FOLDER = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize("name", sorted(schema.files()))
def test_the_published_file_is_up_to_date(name):
    # Stale? `python -m cellweave.notebook.schema` writes it anew.
    assert (FOLDER / name).read_text(encoding="utf-8") == schema.files()[name]


@pytest.mark.parametrize("make", [schema.options_schema, schema.settings_schema])
def test_a_schema_is_valid_and_each_key_is_described(make):
    made = make()

    jsonschema.Draft202012Validator.check_schema(made)
    assert all(part["description"] for part in made["properties"].values())


def test_the_schema_has_every_key_as_notebooks_spell_it():
    assert set(schema.options_schema()["properties"]) == KEYS
    assert "pod-template" in KEYS


@pytest.mark.parametrize(
    ("options", "valid"),
    [
        ({}, True),
        ({"task": "fit", "after": ["a"], "cpu": 2, "memory": "8Gi", "timeout": "1h30m"}, True),
        ({"after": "a", "timeout": 90, "env": {"A": 1}, "cache": None, "gpu": 1}, True),
        ({"memory": "4GB"}, False),
        ({"cpu": -1}, False),
        ({"timeout": "soon"}, False),
        ({"retries": -1}, False),
        ({"engine": "airflow"}, False),
        ({"memroy": "4Gi"}, False),
        ({"env": {"A": []}}, False),
    ],
)
def test_the_schema_allows_what_the_reader_allows(options, valid):
    validator = jsonschema.Draft202012Validator(schema.options_schema())

    assert validator.is_valid(options) is valid


def test_the_settings_schema_knows_resources():
    validator = jsonschema.Draft202012Validator(schema.settings_schema())

    assert validator.is_valid({"split": "heading", "resources": {"memory": "4Gi"}})
    assert not validator.is_valid({"resources": {"memory": "4GB"}})
    assert not validator.is_valid({"resources": {"disk": 1}})


def test_the_files_are_written_into_the_folder_that_is_given(tmp_path):
    assert schema.main([str(tmp_path / "new")]) == 0

    written = {p.name: p.read_text(encoding="utf-8") for p in (tmp_path / "new").iterdir()}
    assert written == schema.files()
    json.loads(written["options.schema.json"])
