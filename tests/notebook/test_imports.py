import subprocess
import sys

HEAVY = ("nbformat", "papermill", "pandas", "numpy", "IPython", "yaml", "jsonschema", "rich")


def test_reading_a_notebook_imports_nothing_heavy():
    program = (
        "import sys; from cellweave.notebook import reader, writer;"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )

    run = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )

    assert run.stdout.strip() == "[]"
