"""The Containerfile of a bundle: an image whose entry runs one task with papermill."""

from __future__ import annotations

import shlex

from cellweave.workflow.model import Workflow

BASE = "docker.io/library/python"
TEMPLATE = """\
# {name}: one image for all tasks. Build it from the bundle's folder:
#     podman build -t {tag} .
# Run the tasks in the order of order.txt, with one folder of values for all of them:
#     podman run --rm -v ./values:/values -v ./out:/out {tag} tasks/TASK.ipynb /out/TASK.ipynb
# Files and modules that lie beside the notebook belong in /work: -v ./notebooks:/work
FROM {base}

ENV PYTHONUNBUFFERED=1 \\
    PYTHONHASHSEED=0 \\
    PIP_NO_CACHE_DIR=1 \\
    PIP_DISABLE_PIP_VERSION_CHECK=1 \\
    MPLBACKEND=module://matplotlib_inline.backend_inline
{packages}
WORKDIR /bundle
COPY environment.lock ./
RUN pip install --requirement environment.lock

COPY workflow.json order.txt runtime.pyz ./
COPY tasks/ ./tasks/

RUN useradd --create-home --uid 1000 analyst \\
    && mkdir -p /work /values /out \\
    && chown analyst /work /values /out
USER analyst
VOLUME ["/values", "/out"]

ENTRYPOINT ["papermill", "--no-progress-bar", "-k", "python3", \\
    "-p", "cellweave_runtime", "/bundle/runtime.pyz", \\
    "-p", "cellweave_io", "/values", \\
    "-p", "cellweave_workdir", "/work"]
"""


def containerfile(workflow: Workflow, *, python: str) -> str:
    """Give the text; `python` is the version of the notebook's kernel, such as `3.11.7`."""
    image = str(workflow.settings.get("image", ""))
    tag = shlex.quote(workflow.tasks[0].name if not workflow.name else _tag(workflow.name))
    return TEMPLATE.format(
        name=" ".join(workflow.name.split()),
        tag=tag,
        base=image or f"{BASE}:{'.'.join(python.split('.')[:2])}-slim",
        packages=_packages(workflow),
    )


def _packages(workflow: Workflow) -> str:
    """Give the step that installs the system packages that cells ask for."""
    wanted = sorted({p for task in workflow.tasks for p in task.options.get("packages", ())})
    if not wanted:
        return ""
    names = " ".join(shlex.quote(name) for name in wanted)
    return (
        "\nRUN apt-get update \\\n"
        f"    && apt-get install --yes --no-install-recommends {names} \\\n"
        "    && rm -rf /var/lib/apt/lists/*\n"
    )


def _tag(name: str) -> str:
    """Give a name that image tags allow."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in name.lower()).strip("-")
    return "-".join(part for part in kept.split("-") if part) or "workflow"
