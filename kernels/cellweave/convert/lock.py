"""The environment of a workflow: pinned distributions that provide what the notebook imports.

They are read from the environment of the notebook's kernel, through the metadata that pip leaves
there; nothing is imported, installed or asked of a network. What the distributions themselves
require is pinned too, so that the list is closed. `papermill` and `ipykernel` always belong to it:
they run the task notebooks.
"""

from __future__ import annotations

import csv
import importlib.metadata
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from cellweave.notebook.model import Notebook

RUNNERS = ("ipykernel", "papermill")
REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)(?:\s*\[([^\]]*)\])?")
EXTRA = re.compile(r"""\bextra\s*==\s*['"]([^'"]+)['"]""")
ASK_PATH = (
    "import sys; sys.stdout.write('\\0'.join((sys.version.split()[0], *filter(None, sys.path))))"
)
PATIENCE_S = 20.0


class Environment:
    """The distributions that one interpreter sees. `path` is its `sys.path`."""

    def __init__(self, path: Sequence[str], python: str) -> None:
        self.path = [entry for entry in path if entry]
        self.python = python
        self._known: dict[str, importlib.metadata.Distribution] = {}
        for found in importlib.metadata.distributions(path=list(self.path)):
            name = _name_of(found)
            if name:
                self._known.setdefault(normalised(name), found)

    def lock(self, modules: Iterable[str]) -> str:
        """Give the text of `environment.lock`: what provides `modules`, and what that requires."""
        wanted, missing = self._providers(sorted(set(modules)))
        pinned = self._closed([*wanted, *RUNNERS])
        lines = [
            "# What this workflow's environment holds; for `pip install -r`.",
            f"# Python {self.python}",
            *(f"# not from a distribution: {module}" for module in missing),
            *(f"{name}=={version}" for name, version in sorted(pinned.items())),
            *(name for name in RUNNERS if name not in pinned),
        ]
        return "\n".join(lines) + "\n"

    def _providers(self, modules: Sequence[str]) -> tuple[list[str], list[str]]:
        """Give the distributions that modules come from, and the modules that come from none."""
        found: list[str] = []
        open_: list[str] = []
        for module in modules:
            if module in sys.stdlib_module_names:
                continue
            guess = normalised(module)
            if guess in self._known and module in _modules(self._known[guess]):
                found.append(guess)
            else:
                open_.append(module)
        if open_:
            owners: dict[str, list[str]] = {}
            for name, distribution in self._known.items():
                for module in _modules(distribution):
                    owners.setdefault(module, []).append(name)
            found += [name for module in open_ for name in owners.get(module, ())]
            open_ = [module for module in open_ if module not in owners]
        return found, open_

    def _closed(self, names: Iterable[str]) -> dict[str, str]:
        """Give versions by name, of `names` and all that they require as far as installed."""
        pinned: dict[str, str] = {}
        todo = [(normalised(name), "") for name in names]
        seen = set(todo)
        while todo:
            name, extra = todo.pop()
            distribution = self._known.get(name)
            if distribution is None:
                continue
            pinned[name] = distribution.version
            for requirement in distribution.requires or ():
                # A requirement for another platform is not installed, so markers need no reading,
                # except those of extras: they say what nobody asked for.
                _, _, marker = requirement.partition(";")
                asked = EXTRA.findall(marker)
                if asked and extra not in asked:
                    continue
                match = REQUIREMENT.match(requirement)
                if match is None:
                    continue
                extras = [part.strip() for part in (match.group(2) or "").split(",")]
                for entry in [(normalised(match.group(1)), part) for part in ("", *extras)]:
                    if entry not in seen:
                        seen.add(entry)
                        todo.append(entry)
        return pinned


def environment_of(notebook: Notebook) -> Environment:
    """Find the environment of the notebook's kernel; this process's own where there is none."""
    interpreter = _interpreter(notebook.kernel)
    own = Path(sys.executable).absolute() if sys.executable else None
    if interpreter is not None and interpreter != own:
        try:
            # -I: neither the folder nor variables of the caller belong to that environment.
            asked = subprocess.run(
                [str(interpreter), "-I", "-c", ASK_PATH],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=True,
                timeout=PATIENCE_S,
            )
            python, *path = asked.stdout.decode().split("\0")
            return Environment(path, python)
        except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
            pass
    return Environment(sys.path, ".".join(map(str, sys.version_info[:3])))


def normalised(name: str) -> str:
    """Give the name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _name_of(distribution: importlib.metadata.Distribution) -> str:
    """Read the name off the folder: parsing the metadata of each distribution takes seconds."""
    path = getattr(distribution, "_path", None)
    if path is not None and path.name.endswith((".dist-info", ".egg-info")):
        return str(path.name).partition("-")[0].removesuffix(".egg-info")
    return str(distribution.metadata["Name"] or "")


def _modules(distribution: importlib.metadata.Distribution) -> set[str]:
    """Give the top-level modules of a distribution."""
    top = (distribution.read_text("top_level.txt") or "").split()
    if top:
        return set(top)
    found = set()
    record = distribution.read_text("RECORD") or ""
    for row in csv.reader(record.splitlines()):
        name = row[0] if row else ""
        first, slash, rest = name.partition("/")
        if not slash and name.endswith((".py", ".so", ".pyd")):
            found.add(first.partition(".")[0])
        elif slash and rest.endswith((".py", ".so", ".pyd")) and "." not in first:
            found.add(first)
    return found


def _interpreter(kernel: str) -> Path | None:
    """Give the Python of a kernelspec, where that is a Python on this machine."""
    if not kernel or os.sep in kernel or kernel.startswith("."):
        return None
    for folder in _kernel_folders():
        try:
            content = json.loads((folder / kernel / "kernel.json").read_bytes())
            program = Path(content["argv"][0])
        except (OSError, ValueError, LookupError, TypeError):
            continue
        if program.is_absolute() and program.name.startswith("python") and program.exists():
            return program
        return None
    return None


def _kernel_folders() -> Iterable[Path]:
    """Give the folders where Jupyter looks for kernelspecs, in its order."""
    for entry in os.environ.get("JUPYTER_PATH", "").split(os.pathsep):
        if entry:
            yield Path(entry) / "kernels"
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises without a home
    yield Path(sys.prefix) / "share" / "jupyter" / "kernels"
    data = os.environ.get("JUPYTER_DATA_DIR") or os.environ.get("XDG_DATA_HOME")
    yield Path(data or home / ".local" / "share") / (
        "kernels" if os.environ.get("JUPYTER_DATA_DIR") else "jupyter/kernels"
    )
    yield home / "Library" / "Jupyter" / "kernels"
    yield Path("/usr/local/share/jupyter/kernels")
    yield Path("/usr/share/jupyter/kernels")
