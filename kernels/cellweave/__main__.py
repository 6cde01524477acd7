"""`python -m cellweave`: the command line, where the script is not on the path."""

from __future__ import annotations

import importlib

if __name__ == "__main__":
    importlib.import_module("cellweave.cli.main").main()
