"""The calls that a task notebook makes: its first cell, and the hidden cells around the user's.

One process runs one task, so the session is a single object of the process. The text of a task
notebook, all of it in cells with `metadata.cellweave.role`, calls in this order:

    role "start"    __import__("sys").path.insert(0, cellweave_runtime)
                    import cellweave_runtime as __cellweave__
                    __cellweave__.start(globals(), task="fit", types={"day": "date"})
    then for each step of the task
    role "setup"    the setup source as it is (a cell with nothing else in it)
    role "load"     __cellweave__.load([("rows", "read", "c1"), ("~random", "read", "c1")])
    role "check"    __cellweave__.begin("c3", writes=("model",), guards=("rows",), visible=("n",),
                                        when="n > 1")
    role "cell"     the user's cell, id and source kept
    role "check"    __cellweave__.end("c3")
    role "store"    __cellweave__.store("c3", ["model", "~random"], hazards=[("model", "rows")])

Signatures (all but the first argument may be given by keyword; sequences are lists or tuples):

    start(namespace, *, task, types=None, io=None, workdir=None)
        `io` and `workdir` default to the parameters `cellweave_io` and `cellweave_workdir` of the
        namespace. Changes the working directory, and coerces parameters that papermill could not
        write: `types` maps a parameter to "date", "datetime", "time", "timedelta", "tuple", "set",
        "frozenset", "bytes", "complex", "int", "float", "str", "bool", "list", "dict", "none" or
        several of these joined by "|". May be called once.
    load(refs)
        `refs` holds (name, task, cell): bring these stored versions into the namespace. Names
        that were stored as one group come back sharing what they shared.
    begin(cell, *, writes=(), guards=(), visible=(), when="")
        Before every user cell, even with nothing to guard: names bound outside `begin` … `end` are
        taken for setup. When `when` is given and false, the next cell is skipped.
    end(cell)
        After every user cell: compares what `begin` remembered. `check` is the same function.
    store(cell, names, *, hazards=())
        Write the current versions of `names`, made by `cell`; a name that is not bound is stored
        as undefined. `hazards` holds pairs (stored name, other name) that must share nothing.
    when(expression)
        What `begin(when=…)` does, alone: false skips the next cell. Returns the truth value.

Calls of neighbouring steps may stand in one hidden cell: `end` and `store` of a cell with `load`
and `begin` of the next. A setup cell may stand between any two calls, not between `begin` and
`end`. Every failure raises `RuntimeFailure` and is written to `<io>/<task>/failure.json` first.
"""
