"""Keys of `#|` lines that belong to others: cellweave neither reads them nor complains.

Quarto: https://quarto.org/docs/reference/cells/cells-jupyter.html
nbdev: https://nbdev.fast.ai/explanations/directives.html
"""

from __future__ import annotations

from typing import Final

# ruff: noqa: SIM905 - words in a paragraph are easier to read and to compare than quoted ones

QUARTO: Final = frozenset(
    """
    annotate auto-dark autorun background-image blanks capture check child class classes collapse
    column comment completion content crop dark define dependson dev echo editor-font-scale
    editor-quick-suggestions envir error eval exercise export filename fold freeze hint id include
    include-errors input label layout lightbox listing location max-lines message min-lines output
    panel persist prompt purl ref.label render renderings results runbutton shortcaption slideshow
    solution startover strip-white tags tidy tidy-opts timelimit title warning
    """.split()
)
"""Cell options of Quarto (its Jupyter and knitr engines) and of its `quarto-live` extension."""

QUARTO_PREFIXES: Final = ("code-", "dev-", "fig-", "layout-", "lst-", "out-", "output-", "tbl-")
"""Families of Quarto's options; `fig.width` (knitr's spelling) counts as `fig-width`."""

NBDEV: Final = frozenset(
    """
    collapse collapse_hide collapse_input collapse_output collapse_show cuda default_cls_lvl
    default_exp echo eval exec_doc export export_internal exporti exports filter_stream hide
    hide_input hide_line hide_output notest ship show_doc skip_exec skip_showdoc slow test
    """.split()
)
"""Directives of nbdev; most stand without a colon (`#| export`)."""


def is_foreign(key: str) -> bool:
    """Say whether an option line with this key is somebody else's."""
    if key in QUARTO or key in NBDEV:
        return True
    return key.replace(".", "-").startswith(QUARTO_PREFIXES)
