"""The environment of a workflow, read from metadata alone."""

from __future__ import annotations

import json
import sys

import msgspec

from cellweave.convert.lock import Environment, environment_of
from cellweave.convert.modules import imported
from tests.convert.books import book, cell


def install(folder, name, version, *, requires=(), modules=()):
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
    lines += [f"Requires-Dist: {r}" for r in requires]
    (info / "METADATA").write_text("\n".join(lines) + "\n")
    (info / "RECORD").write_text("".join(f"{m}/__init__.py,,\n" for m in modules))


def test_imports_are_pinned_with_all_that_they_require(tmp_path):
    install(tmp_path, "scikit_learn", "1.5", requires=["numpy>=1", "pytest; extra == 'tests'"],
            modules=["sklearn"])  # fmt: skip
    install(tmp_path, "numpy", "2.1", modules=["numpy"])
    install(tmp_path, "pytest", "9", modules=["pytest"])
    install(tmp_path, "papermill", "2.6", requires=["nbclient"])
    install(tmp_path, "nbclient", "0.10")

    text = Environment([str(tmp_path)], "3.12.1").lock(["sklearn", "os", "mystery"])

    assert text.splitlines()[1:] == [
        "# Python 3.12.1",
        "# not from a distribution: mystery",
        "nbclient==0.10",
        "numpy==2.1",
        "papermill==2.6",
        "scikit-learn==1.5",
        "ipykernel",
    ]


def test_extras_that_somebody_asked_for_are_pinned(tmp_path):
    install(tmp_path, "a", "1", requires=["b[fast]"], modules=["a"])
    install(tmp_path, "b", "2", requires=["c; extra == 'fast'", "d; extra == 'slow'"])
    install(tmp_path, "c", "3")
    install(tmp_path, "d", "4")

    text = Environment([str(tmp_path)], "3.12.1").lock(["a"])

    assert "c==3" in text
    assert "d==4" not in text


def test_the_kernel_of_the_notebook_names_the_environment(tmp_path, monkeypatch):
    spec = tmp_path / "kernels" / "ours" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps({"argv": [sys.executable, "-m", "ipykernel_launcher"]}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    notebook, _ = book(cell("a", "x = 1", writes="x"))

    found = environment_of(msgspec.structs.replace(notebook, kernel="ours"))

    assert found.python == ".".join(map(str, sys.version_info[:3]))


def test_an_unknown_or_odd_kernel_means_this_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    notebook, _ = book(cell("a", "x = 1", writes="x"))

    for kernel in ("", "nowhere", "../../etc"):
        found = environment_of(msgspec.structs.replace(notebook, kernel=kernel))
        assert found.path == [entry for entry in sys.path if entry]


def test_imports_are_read_from_the_text(tmp_path):
    (tmp_path / "mine.py").write_text("")
    notebook, _ = book(
        cell("a", "%matplotlib inline\nimport numpy as np, os.path\n!pip list", writes="np"),
        cell("b", "%%time\nfrom sklearn.svm import SVC\nimport mine", writes="SVC"),
        cell("c", "def f(:", writes="f"),
        cell("d", "#| skip: true\nimport torch", role="skipped"),
    )
    notebook = msgspec.structs.replace(notebook, path=str(tmp_path / "book.ipynb"))

    assert imported(notebook) == ("matplotlib", "numpy", "os", "sklearn")
