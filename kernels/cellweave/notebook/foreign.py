"""Keys of `#|` lines that belong to others: cellweave neither reads them nor complains.

Quarto: https://quarto.org/docs/reference/cells/cells-jupyter.html
nbdev: https://nbdev.fast.ai/explanations/directives.html
"""

from __future__ import annotations

from typing import Final

QUARTO: Final = frozenset(
    ["annotate", "autorun", "auto-dark", "blanks", "capture", "class", "classes", "column", "completion", "content", "dark", "dependson", "dev", "editor-font-scale", "editor-quick-suggestions", "error", "eval", "exercise", "export", "fold", "freeze", "hint", "id", "include", "include-errors", "input", "label", "layout", "lightbox", "listing", "message", "min-lines", "max-lines", "panel", "renderings", "results", "runbutton", "slideshow", "solution", "startover", "tags", "title", "filename", "warning", "echo", "output", "collapse", "child", "comment", "crop", "purl", "prompt", "ref.label", "render", "strip-white", "tidy", "tidy-opts", "timelimit", "define", "envir", "persist", "check", "background-image", "location", "shortcaption"]
)
"""Cell options of Quarto (Jupyter and knitr engines) and its `quarto-live` extension."""

QUARTO_PREFIXES: Final = ("code-", "fig-", "layout-", "lst-", "out-", "output-", "tbl-", "dev-")
"""Families of Quarto's options; `fig.width` (knitr's spelling) counts as `fig-width`."""

NBDEV: Final = frozenset(
    ["collapse", "collapse_input", "collapse_output", "collapse_show", "cuda", "default_cls_lvl", "default_exp", "eval", "exec_doc", "export", "exporti", "exports", "export_internal", "filter_stream", "hide", "hide_input", "hide_line", "hide_output", "notest", "ship", "show_doc", "skip_exec", "skip_showdoc", "slow", "test", "code-fold", "echo", "hide_line_numbers", "fig-cap"]
)
"""Directives of nbdev; most stand without a colon (`#| export`)."""


def is_foreign(key: str) -> bool:
    """Say whether an option line with this key is somebody else's."""
    if key in QUARTO or key in NBDEV:
        return True
    return key.replace(".", "-").startswith(QUARTO_PREFIXES)
