import pickle

import pytest

from cellweave.diagnostics.errors import (
    CellweaveError,
    NotebookError,
    NotReadyError,
    RunError,
    UsageError,
    WorkflowError,
    exit_status,
)
from cellweave.diagnostics.rules import (
    cell_error,
    hidden_mutation,
    maybe_undefined,
    not_json,
    option_type,
    task_name,
)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (CellweaveError, 1),
        (UsageError, 2),
        (NotebookError, 2),
        (WorkflowError, 1),
        (RunError, 1),
        (NotReadyError, 20),
    ],
)
def test_each_error_has_its_exit_status(error, status):
    assert error.status == status
    assert issubclass(error, CellweaveError)


def test_an_error_prints_its_diagnostics_and_survives_pickling():
    error = NotebookError(not_json.RULE.at("the file is empty"), "a/churn.ipynb")

    again = pickle.loads(pickle.dumps(error))

    assert str(error) == str(again)
    assert str(error).startswith("churn.ipynb error[not-json] the file is empty\n")
    assert again.diagnostics == error.diagnostics


def test_an_error_may_have_several_diagnostics():
    found = [cell_error.RULE.at(text) for text in ("one", "two")]

    assert RunError(iter(found)).diagnostics == tuple(found)


@pytest.mark.parametrize(
    ("found", "status"),
    [
        ([], 0),
        ([maybe_undefined.RULE.at("m")], 0),
        ([task_name.RULE.at("m")], 0),
        ([task_name.RULE.at("m", severity="error")], 2),
        ([hidden_mutation.RULE.at("m")], 1),
        ([hidden_mutation.RULE.at("m"), option_type.RULE.at("m")], 2),
    ],
)
def test_the_exit_status_is_that_of_the_worst_error(found, status):
    assert exit_status(found) == status
