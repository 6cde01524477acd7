"""Reading `.ipynb` files: fast, without keeping outputs, and with a clear word for what is wrong.

The usual notebook is decoded straight into typed records that have no place for outputs, so that
a hundred megabytes of them cost a scan and no memory. Whatever that refuses (lone surrogates, NaN,
old formats, damage) goes through the standard library's parser once more, which either reads it
or knows what to say. `NotebookError` means: nothing to show; all other findings are in
`Notebook.diagnostics`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from cellweave._base.ids import derived_cell_ids
from cellweave.diagnostics.core import Diagnostic, Rule
from cellweave.diagnostics.errors import NotebookError
from cellweave.diagnostics.rules import (
    duplicate_parameters,
    lone_surrogate,
    no_code,
    not_a_notebook,
    not_json,
    notebook_changed,
    notebook_version,
    unreadable_file,
    unsupported_language,
)
from cellweave.notebook import options, settings
from cellweave.notebook.model import Cell, Notebook
from cellweave.notebook.upgrade import upgraded

FORMAT = 4
MINOR_WITH_IDS = 5
BOM = b"\xef\xbb\xbf"
PYTHON = ("python", "ipython")
FOREIGN_KERNELS = ("ir", "irkernel", "bash", "deno", "sos", "sparkmagic", "javascript", "rust")
FOREIGN_PREFIXES = ("julia", "xcpp", "scala", "java", "ruby", "octave", "matlab", "gophernotes")


class RawCell(msgspec.Struct):
    """A cell as the file has it; outputs and execution count are skipped, not decoded."""

    cell_type: str
    source: str | list[str] = ""
    id: str | None = None
    metadata: dict[str, Any] = {}
    attachments: dict[str, Any] | None = None


class RawNotebook(msgspec.Struct):
    """A notebook of nbformat 4 as the file has it."""

    nbformat: int
    cells: list[RawCell]
    nbformat_minor: int = 0
    metadata: dict[str, Any] = {}


DECODER = msgspec.json.Decoder(RawNotebook)


def read(path: str | os.PathLike[str]) -> Notebook:
    """Read the notebook at `path`. Raises `NotebookError` (exit status 2)."""
    name = os.fspath(path)
    return parse(read_bytes(name), name)


def read_bytes(path: str, *, load: Callable[[Path], bytes] = Path.read_bytes) -> bytes:
    """Give the content of a file that did not change while it was read; tries twice.

    Editors that save in place would otherwise hand over the start of one version and the end of
    another. `load` is a seam for tests. Raises `NotebookError`.
    """
    file = Path(path)
    try:
        for _ in range(2):
            before = _stamp(file)
            data = load(file)
            if _stamp(file) == before and before[-1] == len(data):
                return data
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise _failure(unreadable_file.RULE, f"cannot open `{path}`: {reason}", path) from error
    advice = "close whatever writes to it, or wait until it is saved, and try again"
    raise _failure(notebook_changed.RULE, "the file changed while it was read", path, help=advice)


def _stamp(file: Path) -> tuple[int, int, int, int]:
    stat = file.stat()
    return stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size


def parse(data: bytes, path: str = "") -> Notebook:
    """Read the bytes of a notebook; `path` names it in messages. Raises `NotebookError`."""
    found: list[Diagnostic] = []
    data = data.removeprefix(BOM)
    raw = _decode(data, path, found)
    language = _language(raw.metadata, path)
    given, complaints = settings.parse(raw.metadata)
    found += complaints
    cells = _cells(raw, found)
    if not any(cell.kind == "code" and cell.source.strip() for cell in cells):
        found.append(no_code.RULE.at("there is no cell with code, so there is nothing to run"))
    spec = raw.metadata.get("kernelspec")
    kernel = spec.get("name") if isinstance(spec, dict) else None
    return Notebook(
        path=path,
        cells=cells,
        settings=given,
        language=language,
        kernel=kernel if isinstance(kernel, str) else "",
        metadata=raw.metadata,
        diagnostics=tuple(found),
    )


def _cells(raw: RawNotebook, found: list[Diagnostic]) -> tuple[Cell, ...]:
    sources = [c.source if isinstance(c.source, str) else "".join(c.source) for c in raw.cells]
    given = [cell.id or "" for cell in raw.cells]
    kinds = [cell.cell_type for cell in raw.cells]
    ids = derived_cell_ids(list(zip(given, kinds, sources, strict=True)))
    if ids != given and raw.nbformat == FORMAT:
        _say_ids(raw, given, ids, found)
    cells = []
    parameters = ""
    for index, (cell, name, source) in enumerate(zip(raw.cells, ids, sources, strict=True)):
        is_code = cell.cell_type == "code"
        text = source
        if not source.isascii():
            text = _whole(source, name, found, is_code=is_code)
        tags = cell.metadata.get("tags", ())
        tags = tuple(t for t in tags if isinstance(t, str)) if isinstance(tags, list) else ()
        given_options = options.NO_OPTIONS
        if is_code:
            given_options, complaints = options.parse(name, text)
            found += complaints
            if "parameters" in tags:
                if parameters:
                    found.append(_second_parameters(parameters, name))
                parameters = parameters or name
        cells.append(
            Cell(
                id=name,
                index=index,
                kind=cell.cell_type,  # type: ignore[arg-type]  # checked by `_decode`
                source=text,
                tags=tags,
                options=given_options,
                metadata=cell.metadata,
                attachments=cell.attachments,
            )
        )
    return tuple(cells)


def _say_ids(raw: RawNotebook, given: list[str], ids: list[str], found: list[Diagnostic]) -> None:
    """Old files have no ids, which is no fault; in new ones it is worth a word which cell it is."""
    if raw.nbformat_minor < MINOR_WITH_IDS:
        version = f"{raw.nbformat}.{raw.nbformat_minor}"
        message = f"nbformat {version} has no cell ids; they are derived from the cells' sources"
        found.append(notebook_version.RULE.at(message))
        return
    for old, new in zip(given, ids, strict=True):
        if old != new:
            what = f"the id `{old}` is used twice or not valid" if old else "the cell has no id"
            found.append(notebook_version.RULE.at(f"{what}; it counts as `{new}`", cell=new))


def _second_parameters(first: str, cell: str) -> Diagnostic:
    message = f"this cell is tagged `parameters`, and so is cell `{first}`; there can be one"
    advice = "move the parameters into one cell, or remove the tag from the other"
    return duplicate_parameters.RULE.at(message, cell=cell, help=advice)


def _whole(source: str, cell: str, found: list[Diagnostic], *, is_code: bool) -> str:
    """Replace lone surrogates, which neither Python nor a file in UTF-8 can take, and say so."""
    try:
        source.encode()
    except UnicodeEncodeError as error:
        line = source.count("\n", 0, error.start) + 1
        half = source[error.start].encode("unicode_escape").decode()
        message = f"the source holds `{half}`, one half of a character, which Python cannot run"
        found.append(
            lone_surrogate.RULE.at(
                message if is_code else f"the text holds `{half}`, one half of a character",
                cell=cell,
                line=line,
                help="retype the character; the file itself is left as it is",
                severity="error" if is_code else "info",
            )
        )
        return source.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return source


def _decode(data: bytes, path: str, found: list[Diagnostic]) -> RawNotebook:
    try:
        raw = DECODER.decode(data)
        usual = raw.nbformat == FORMAT
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        usual = False
    if not usual:
        raw = _decode_slowly(data, path, found)
    for cell in raw.cells:
        if cell.cell_type not in ("code", "markdown", "raw"):
            message = f"there is no cell type `{cell.cell_type}`"
            raise _failure(not_a_notebook.RULE, message, path, cell=cell.id or "")
    return raw


def _decode_slowly(data: bytes, path: str, found: list[Diagnostic]) -> RawNotebook:
    content = _json(data, path)
    if not isinstance(content, dict):
        raise _failure(not_a_notebook.RULE, "a notebook is a JSON object; this is not one", path)
    version = content.get("nbformat")
    if not isinstance(version, int) or isinstance(version, bool):
        message = "the file is JSON, but it has no `nbformat` number, so it is no notebook"
        raise _failure(not_a_notebook.RULE, message, path)
    if version > FORMAT:
        message = f"nbformat {version} is newer than what cellweave reads (4)"
        raise _failure(not_a_notebook.RULE, message, path)
    if version < FORMAT:
        content = upgraded(content)
        message = f"nbformat {version} was upgraded to 4.5 in memory; the file is as it was"
        found.append(notebook_version.RULE.at(message, help="save it in Jupyter to upgrade it"))
    for cell in content["cells"] if isinstance(content.get("cells"), list) else ():
        if isinstance(cell, dict):
            cell.pop("outputs", None)
    try:
        raw = msgspec.convert(content, RawNotebook)
    except msgspec.ValidationError as error:
        raise _failure(not_a_notebook.RULE, f"not a valid notebook: {error}", path) from error
    if version < FORMAT:
        raw.nbformat = version
    return raw


def _json(data: bytes, path: str) -> Any:
    try:
        return json.loads(data)
    except json.JSONDecodeError as error:
        what = "the file is empty" if not data.strip() else f"not JSON: {error.msg.lower()}"
        line = 0 if not data.strip() else error.lineno
        raise _failure(not_json.RULE, what, path, line=line) from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _failure(not_json.RULE, "the file is not text in UTF-8", path, line=line) from error
    except RecursionError as error:
        raise _failure(not_json.RULE, "the JSON is nested too deeply", path) from error


def _language(metadata: dict[str, Any], path: str) -> str:
    """Give `python`; the kernelspec goes before what a kernel once wrote of itself."""
    spec = metadata.get("kernelspec")
    spec = spec if isinstance(spec, dict) else {}
    info = metadata.get("language_info")
    info = info if isinstance(info, dict) else {}
    for stated in (spec.get("language"), info.get("name")):
        if isinstance(stated, str) and stated:
            if stated.lower().rstrip("0123456789.") in PYTHON:
                return "python"
            raise _foreign(stated, path)
    kernel = str(spec.get("name") or "").lower()
    if kernel in FOREIGN_KERNELS or kernel.startswith(FOREIGN_PREFIXES):
        raise _foreign(kernel, path)
    return "python"


def _foreign(language: str, path: str) -> NotebookError:
    message = f"the notebook is for a `{language}` kernel; cellweave reads Python notebooks"
    return _failure(unsupported_language.RULE, message, path, name=language)


def _failure(rule: Rule, message: str, path: str, **place: Any) -> NotebookError:
    return NotebookError(rule.at(message, **place), path)
