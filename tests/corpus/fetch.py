"""Fetches the notebooks of `manifest.json` into a folder, each with the data beside it.

A source distribution from PyPI is downloaded with pip; a documentation package from Debian with
apt. Both are asked for by exact version, and archive and notebook must have the SHA-256 of the
manifest, so nothing else can get in. Standard library only.

pip prepares the metadata of a source distribution, which would run its build backend and want a
compiler. `NULL_BACKEND` stands in for every backend: a `sitecustomize` whose finder answers to
their names and gives back the name and version that pip already knows. No code of the downloaded
projects runs here.

    python fetch.py DIR [--ids a,b]      0: all there; 1: some are missing, each named
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ATTEMPTS = 3
BACKENDS = (
    "flit_core flit_scm hatchling maturin mesonpy pdm poetry scikit_build_core setuptools uv_build"
)
NULL_BACKEND = f"""
import email.parser, importlib.machinery, pathlib, re, sys, types

def prepare_metadata_for_build_wheel(folder, config_settings=None):
    known = email.parser.Parser().parsestr(pathlib.Path("PKG-INFO").read_text("utf-8", "replace"))
    name, version = known["Name"].strip(), known["Version"].strip()
    info = "-".join(re.sub("[^A-Za-z0-9.]+", "_", part) for part in (name, version)) + ".dist-info"
    home = pathlib.Path(folder, info)
    home.mkdir(parents=True, exist_ok=True)
    home.joinpath("METADATA").write_text(
        "Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n" % (name, version))
    home.joinpath("WHEEL").write_text(
        "Wheel-Version: 1.0\\nGenerator: null\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    return info

def no_requirements(config_settings=None):
    return []

class Finder:
    names = frozenset("{BACKENDS}".split())

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] in cls.names:
            return importlib.machinery.ModuleSpec(name, cls, is_package=True)

    @staticmethod
    def create_module(spec):
        module = types.ModuleType(spec.name)
        module.prepare_metadata_for_build_wheel = prepare_metadata_for_build_wheel
        module.get_requires_for_build_wheel = no_requirements
        module.__legacy__ = module
        return module

    @staticmethod
    def exec_module(module):
        pass

# pip itself needs its own names: only the process that calls the backend is served.
if any(part.endswith("_in_process.py") for part in sys.orig_argv):
    sys.meta_path.insert(0, Finder)
"""


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def place(target: Path, source: dict[str, str]) -> Path:
    """Where the notebook of `source` lies below `target`."""
    return target / source["kind"] / source["root"] / source["path"]


def there(target: Path, source: dict[str, str]) -> bool:
    """Whether the notebook is there, with the bytes of the manifest."""
    path = place(target, source)
    return path.is_file() and digest(path) == source["nb_sha256"]


def call(command: list[str], *, cwd: Path, env: dict[str, str] | None = None) -> None:
    """Run a downloader, with patience; its last words are the error."""
    for attempt in range(1, ATTEMPTS + 1):
        done = subprocess.run(
            command, cwd=cwd, env=env, capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            return
        time.sleep(attempt)
    raise OSError((done.stdout + done.stderr).strip()[-500:])


def download(source: dict[str, str], folder: Path) -> Path:
    """The archive of `source`, in `folder`."""
    exact = (source["name"], source["version"])
    if source["kind"] == "debian":
        call(["apt-get", "download", "-qq", "=".join(exact)], cwd=folder)
        pattern = "*.deb"
    else:
        backend = folder / "backend"
        backend.mkdir()
        backend.joinpath("sitecustomize.py").write_text(NULL_BACKEND)
        options = "-q --no-deps --no-binary=:all: --use-pep517 --no-build-isolation"
        call(
            [
                sys.executable,
                "-m",
                "pip",
                "download",
                *options.split(),
                "--ignore-requires-python",
                "==".join(exact),
            ],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(backend), "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        )
        shutil.rmtree(backend)
        pattern = "*.[tz]*"
    (archive,) = folder.glob(pattern)
    if digest(archive) != source["archive_sha256"]:
        raise OSError(f"{archive.name} is not the archive of the manifest")
    return archive


def unpack(archive: Path, home: Path, sources: list[dict[str, str]]) -> None:
    """Put the files of `archive` in `home`: all of a source distribution, a .deb's notebooks."""
    home.mkdir(parents=True, exist_ok=True)
    if archive.suffix == ".deb":
        raw = archive.parent / "raw"
        subprocess.run(["dpkg-deb", "-x", archive, raw], check=True)
        for source in sources:
            path = home / source["root"] / source["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            plain = raw / source["path"]
            packed = plain.with_name(plain.name + ".gz")
            path.write_bytes(
                plain.read_bytes() if plain.exists() else gzip.decompress(packed.read_bytes())
            )
    elif archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as bundle:
            bundle.extractall(home)  # strips `..` and leading slashes itself
    else:
        with tarfile.open(archive) as bundle:
            bundle.extractall(home, filter="data")


def fetch(notebooks: list[dict[str, Any]], target: Path) -> list[str]:
    """Fetch what is not there yet; returns a line for each notebook that is still missing."""

    def archive_of(source: dict[str, str]) -> tuple[str, str, str]:
        return source["kind"], source["name"], source["version"]

    lost: list[str] = []
    wanted = sorted((entry["source"] for entry in notebooks), key=archive_of)
    for key, group in itertools.groupby(wanted, key=archive_of):
        sources = list(group)
        if not all(there(target, source) for source in sources):
            with tempfile.TemporaryDirectory() as folder:
                try:
                    archive = download(sources[0], Path(folder))
                    unpack(archive, target / sources[0]["kind"], sources)
                except OSError as problem:
                    print(f"{' '.join(key)}: {problem}", file=sys.stderr, flush=True)
        missing = [source["path"] for source in sources if not there(target, source)]
        print(f"{' '.join(key)}: {len(sources) - len(missing)} of {len(sources)}", flush=True)
        lost += [f"{' '.join(key)}: {path}" for path in missing]
    return lost


def chosen(ids: str = "", manifest: Path = HERE / "manifest.json") -> list[dict[str, Any]]:
    """The entries of the manifest, or only those with these ids (comma between them)."""
    entries: list[dict[str, Any]] = json.loads(manifest.read_text())["notebooks"]
    names = set(filter(None, ids.split(",")))
    return [entry for entry in entries if not names or entry["id"] in names]


def main() -> int:
    """Command line; see above."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("target", type=Path)
    arguments.add_argument("--ids", default="")
    given = arguments.parse_args()
    lost = fetch(chosen(given.ids), given.target.resolve())
    for line in lost:
        print(f"missing: {line}")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
