"""One module for each code: its docstring is the summary, `RULE` the rule.

To add one: write the module, and `docs/errors/<code>.md`; a test asks for both.
"""
