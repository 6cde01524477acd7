"""`python -m cellweave.runtime TASK.ipynb OUT.ipynb`: run one task in this process.

    --journal FILE      where the journal goes (default: OUT.ipynb.journal)
    -p NAME=JSON        a parameter; a value that is no JSON is taken as text
    --plain             run without IPython even where it is installed
    --render            run nothing: make OUT.ipynb from the journal, also of a run that died

The exit status is the task's: 0 success, 20 not ready, 50 never retry, 1 failed; 2 is bad usage.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main(arguments: list[str]) -> int:
    """Run the command and return its exit status."""
    paths: list[Path] = []
    parameters: dict[str, Any] = {}
    journal: Path | None = None
    flags = set()
    rest = iter(arguments)
    for word in rest:
        if word in {"-p", "--journal"}:
            value = next(rest, None)
            if value is None or (word == "-p" and "=" not in value):
                return _usage(f"{word} needs a value")
            if word == "-p":
                name, _, text = value.partition("=")
                parameters[name] = _parameter(text)
            else:
                journal = Path(value)
        elif word in {"--plain", "--render"}:
            flags.add(word)
        elif word.startswith("-"):
            return _usage(f"{word} is not an option")
        else:
            paths.append(Path(word))
    if len(paths) != 2:
        return _usage("two notebooks are needed")
    source, target = paths
    try:
        notebook = json.loads(source.read_bytes())
    except (OSError, ValueError) as error:
        return _usage(f"{source}: {error}")
    return _run(notebook, target, journal or Path(f"{target}.journal"), parameters, flags)


def _run(
    notebook: dict[str, Any],
    target: Path,
    journal: Path,
    parameters: dict[str, Any],
    flags: set[str],
) -> int:
    from .journal import read, render
    from .values import replace

    journal, target = journal.absolute(), target.absolute()
    if "--render" in flags:
        executed = render(notebook, read(journal))
    else:
        from .execute import execute

        journal.unlink(missing_ok=True)
        executed = execute(
            notebook,
            journal=journal,
            parameters=parameters,
            ipython=False if "--plain" in flags else None,
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(executed, indent=1, ensure_ascii=True) + "\n"
    replace(target, [text.encode()])
    status = executed["metadata"]["cellweave"]["execution"]["exit"]
    return 1 if status is None else int(status)


def _parameter(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _usage(problem: str) -> int:
    print(f"cellweave.runtime: {problem}\n\n{__doc__}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
