"""From cell sources to a linked graph: what each cell reads, binds and changes, and why."""

from cellweave.dataflow.analysis import Analysis, analyse, source_cells
from cellweave.dataflow.record import SourceCell

__all__ = ["Analysis", "SourceCell", "analyse", "source_cells"]
