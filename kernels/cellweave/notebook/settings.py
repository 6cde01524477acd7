"""Notebook settings: what stands under `metadata.cellweave`, for the workflow as a whole."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from cellweave.diagnostics.core import Diagnostic
from cellweave.diagnostics.rules import option_type, unknown_option
from cellweave.notebook.flow import Scalar, Value
from cellweave.notebook.kinds import KindError, Quantity, convert

Split = Literal["auto", "cell", "heading"]


class DefaultResources(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What each task asks for unless its cells say otherwise."""

    cpu: Annotated[Quantity, Meta(description="Processors, as in Kubernetes: `2`, `500m`.")] = ""
    memory: Annotated[Quantity, Meta(description="Memory, as in Kubernetes: `512Mi`, `8Gi`.")] = ""
    gpu: Annotated[Quantity, Meta(description="Number of graphics processors.")] = ""


class Settings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What can be said of the whole workflow."""

    name: Annotated[
        str, Meta(description="Name of the workflow; by default that of the notebook's file.")
    ] = ""
    description: Annotated[str, Meta(description="What the workflow does, for people.")] = ""
    split: Annotated[
        Split,
        Meta(description="How cells become tasks: fused by need, one each, or by heading."),
    ] = "auto"
    image: Annotated[str, Meta(description="Container image of the tasks that name none.")] = ""
    resources: Annotated[
        DefaultResources, Meta(description="What tasks ask for that do not say it themselves.")
    ] = DefaultResources()
    env: Annotated[
        dict[str, str], Meta(description="Environment variables of every task, by name.")
    ] = {}
    schedules: Annotated[
        tuple[dict[str, Any], ...],
        Meta(description="Proposals for schedules; kept as they are, they change no run here."),
    ] = ()


FIELDS = {f.encode_name: f for f in msgspec.structs.fields(Settings)}
OURS = frozenset({"execution", "role", "run", "task", "title"})
"""Keys that cellweave writes into the notebooks it makes; they are no settings."""
RESOURCES = {f.encode_name: f for f in msgspec.structs.fields(DefaultResources)}


def parse(metadata: dict[str, Any]) -> tuple[Settings, tuple[Diagnostic, ...]]:
    """Read the notebook's metadata; a setting that does not fit is a diagnostic and not set."""
    given = metadata.get("cellweave", {})
    if not isinstance(given, dict):
        return Settings(), (_wrong("cellweave", "must be an object"),)
    values: dict[str, Any] = {}
    found: list[Diagnostic] = []
    for key, value in given.items():
        if key in OURS:
            continue
        if key not in FIELDS:
            found.append(unknown_option.unknown(key, FIELDS, what="setting"))
            continue
        try:
            values[key] = _setting(key, value, found)
        except KindError as error:
            found.append(_wrong(f"cellweave.{key}", str(error), error.help))
    return Settings(**values), tuple(found)


def _setting(key: str, value: Any, found: list[Diagnostic]) -> Any:
    if key == "resources":
        return _resources(value, found)
    if key == "schedules":
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return tuple(value)
        message = "must be a list of objects"
        raise KindError(message)
    return convert(FIELDS[key].type, _as_value(value))


def _resources(given: Any, found: list[Diagnostic]) -> DefaultResources:
    if not isinstance(given, dict):
        message = 'must be an object such as `{"memory": "4Gi"}`'
        raise KindError(message)
    values = {}
    for key, value in given.items():
        if key not in RESOURCES:
            found.append(unknown_option.unknown(key, RESOURCES, what="resource"))
            continue
        try:
            values[key] = convert(RESOURCES[key].type, _as_value(value))
        except KindError as error:
            found.append(_wrong(f"cellweave.resources.{key}", str(error), error.help))
    return DefaultResources(**values)


def _as_value(value: Any) -> Value:
    """Give a JSON value the shape that option lines have, so that both go through one gate."""
    if isinstance(value, dict):
        return {str(key): _as_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_value(item) for item in value]
    if isinstance(value, str):
        return Scalar(value, quoted=True)
    if value is None:
        return Scalar("null")
    return Scalar(str(value).lower() if isinstance(value, bool) else str(value))


def _wrong(name: str, message: str, help: str = "") -> Diagnostic:
    return option_type.RULE.at(f"setting `{name}` {message}", name=name, help=help)
