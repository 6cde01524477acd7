"""The use cases: graph, check, build, run, verify, diff. The one place that combines the parts.

Nothing here prints or knows a command line; `cli` does. Modules are imported one by one, where they
are needed, so that drawing a graph never loads what running one takes.
"""
