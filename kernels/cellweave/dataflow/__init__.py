"""From cell sources to a linked graph: what each cell reads, binds and changes, and why."""

from cellweave.dataflow.analysis import Analysis, SourceCell, analyse, source_cells

__all__ = ["Analysis", "SourceCell", "analyse", "source_cells"]
