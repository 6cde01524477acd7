"""Rows that say "changes nothing" are tried on real objects, and rows that say "fresh" as well."""

from __future__ import annotations

import copy
import importlib
import io
import pickle
import warnings
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cellweave.dataflow.effects.tables import Tables, load

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")

TABLES: Tables = load()
SKIP = frozenset(
    [
        "to_clipboard",
        "plot",
        "hist",
        "boxplot",
        "to_sql",
        "to_gbq",
        "read_clipboard",
        "test",
        "info",
        "pipe",
    ]
)
"""They need a display, a database or the network."""


def samples() -> dict[str, list[Any]]:
    """Objects of the types under test, new each time."""
    return {
        "builtins.list": [[3, 1, 2], [[1], [2]], []],
        "builtins.tuple": [(3, 1, 2)],
        "builtins.dict": [{"a": 1, "b": [2]}, {}],
        "builtins.set": [{1, 2, 3}],
        "builtins.frozenset": [frozenset({1, 2})],
        "builtins.bytearray": [bytearray(b"abc")],
        "collections.Counter": [Counter("aab")],
        "collections.OrderedDict": [OrderedDict(a=1, b=2)],
        "collections.deque": [deque([1, 2, 3])],
        "collections.defaultdict": [defaultdict(list, a=[1])],
        "numpy.ndarray": [
            np.array([3.0, 1.0, np.nan, 2.0]),
            np.arange(12).reshape(3, 4),
            np.array([True, False]),
            np.array([1 + 2j, 3 - 1j]),
        ],
        "pandas.DataFrame": [
            pd.DataFrame({"a": [3, 1, 2], "b": [1.0, np.nan, 0.5], "c": ["x", "y", "x"]}),
            pd.DataFrame({"a": [3, 1, 2], "b": [1.5, 2.5, 0.5]}),
            pd.DataFrame(
                {"a": [3.0, 1.0, 2.0]}, index=pd.date_range("2024-01-01", periods=3, freq="D")
            ),
        ],
        "pandas.Series": [
            pd.Series([3.0, np.nan, 1.0], name="s"),
            pd.Series(["x", "y", "x"]),
            pd.Series([3, 1, 2], index=pd.date_range("2024-01-01", periods=3, freq="D")),
        ],
        "pandas.Index": [
            pd.Index([3, 1, 2], name="i"),
            pd.date_range("2024-01-01", periods=3),
            pd.MultiIndex.from_tuples([(1, "a"), (2, "b")], names=["x", "y"]),
        ],
        "pandas.GroupBy": [pd.DataFrame({"a": [1, 1, 2], "b": [1.0, 2.0, 3.0]}).groupby("a")],
        "pandas.Window": [pd.Series([1.0, 2.0, 3.0]).rolling(2)],
    }


def arguments(receiver: Any) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Calls to try: one of them suits most methods."""
    yield (), {}
    for one in (1, 0, "a", "b", "x", [0, 1], {"a": "z"}, (1, 0), float, "sum", "float64", "D"):
        yield (one,), {}
    yield (copy.deepcopy(receiver),), {}
    yield (lambda x: x,), {}
    yield (lambda x, y: x,), {}
    for two in ((0, 1), (0, "q"), ("a", "z"), ("a", [1, 2, 3]), (copy.deepcopy(receiver), max)):
        yield two, {}
    yield (), {"columns": "a"}
    yield (), {"axis": 0}
    yield (), {"axis": 1}
    yield (), {"by": "a"}
    yield (), {"a": 0}
    yield (io.StringIO(),), {}
    yield (io.BytesIO(),), {}


def fingerprint(value: Any) -> Any:
    """The content of a value, comparable, floats and all."""
    if isinstance(value, pd.DataFrame):
        columns = [fingerprint(value.iloc[:, n]) for n in range(value.shape[1])]
        return (columns, fingerprint(value.index), fingerprint(value.columns), value.attrs)
    if isinstance(value, pd.Series):
        content = repr(value.tolist())
        return (content, str(value.dtype), repr(value.name), fingerprint(value.index))
    if isinstance(value, pd.Index):
        return (repr(value.tolist()), str(value.dtype), repr(value.names))
    if isinstance(value, np.ndarray):
        return (value.shape, value.strides, str(value.dtype), value.tobytes(), str(value.flags))
    if isinstance(value, set | frozenset):
        return sorted(map(repr, value))
    if type(value).__module__.startswith("pandas"):
        return fingerprint(value.obj)
    return repr(value)


def calls(type_name: str, method: str) -> Iterator[tuple[Any, Any, Any]]:
    """(content before, receiver after, result) of each call that did not raise.

    A receiver is used again until a call changes it: making one is what costs time.
    """
    for number, receiver in enumerate(samples()[type_name]):
        before = fingerprint(receiver)
        for args, kwargs in arguments(receiver):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    result = getattr(receiver, method)(*args, **kwargs)
                except Exception:
                    continue
            yield before, receiver, result
            if fingerprint(receiver) != before:
                receiver = samples()[type_name][number]


def pure_rows() -> list[tuple[str, str]]:
    found = []
    for type_name, examples in samples().items():
        for name in sorted(set(dir(examples[0])) - {n for n in dir(examples[0]) if n[0] == "_"}):
            if name in SKIP or not callable(getattr(type(examples[0]), name, None)):
                continue
            effect = TABLES.method(type_name, name)
            if effect is not None and "self" not in effect.mutates:
                found.append((type_name, name))
    return found


PURE_ROWS = pure_rows()


@pytest.mark.parametrize("type_name", sorted({t for t, _ in PURE_ROWS}))
def test_methods_that_rows_call_pure_leave_the_receiver_alone(
    type_name: str, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tried = 0
    for owner, name in PURE_ROWS:
        if owner != type_name:
            continue
        worked = 0
        for before, receiver, _ in calls(owner, name):
            assert fingerprint(receiver) == before, f"{owner}.{name} changed its receiver"
            worked += 1
        tried += bool(worked)

    rows = sum(1 for owner, _ in PURE_ROWS if owner == type_name)
    assert tried >= rows * 0.6, "most rows must really have been tried"


def test_methods_whose_result_is_fresh_share_no_memory_with_the_array() -> None:
    for owner, name in PURE_ROWS:
        effect = TABLES.method(owner, name)
        assert effect is not None
        if owner != "numpy.ndarray" or effect.returns not in ("fresh", "scalar"):
            continue
        for _, receiver, result in calls(owner, name):
            for part in result if isinstance(result, tuple) else (result,):
                if isinstance(part, np.ndarray):
                    assert not np.shares_memory(part, receiver), name


def numpy_functions() -> list[str]:
    return [
        q
        for q in TABLES.everything().functions
        if q.count(".") == 1
        and q.startswith("numpy.")
        and hasattr(np, q[6:])
        and q[6:] not in {"test", "info", "show_config", "show_runtime", "fromfile", "load", "save",
                          "savetxt", "savez", "savez_compressed", "loadtxt", "genfromtxt",
                          "set_printoptions", "seterr", "setbufsize", "seterrcall", "getbufsize",
                          "nested_iters", "mintypecode"}
    ]  # fmt: skip


def array_arguments() -> Iterator[tuple[Any, ...]]:
    a, b = np.array([3.0, 1.0, 2.0]), np.array([1.0, 5.0, 4.0])
    m, n = np.arange(9.0).reshape(3, 3) + np.eye(3), np.ones((3, 3))
    i, t = np.array([2, 0, 1]), np.array([True, False, True])
    yield (a,)
    yield (m,)
    yield (i,)
    yield (t,)
    yield a, b
    yield m, n
    yield i, i.copy()
    yield a, 1
    yield m, 0
    yield m, 1
    yield a, (3, 1)
    yield a, i
    yield t, a
    yield a, i, b
    yield a, 1, 9.0
    yield ([a, b],)
    yield (a, b, b.copy())
    yield (t, a, b)
    yield m, 0, 1
    yield m, 0, i[:1]


@pytest.mark.parametrize("qualname", numpy_functions())
def test_numpy_functions_do_what_their_rows_say(qualname: str) -> None:
    effect = TABLES.function(qualname)
    assert effect is not None
    function: Callable[..., Any] = getattr(np, qualname[6:])
    for at in range(20):
        args = list(array_arguments())[at]
        flat = [x for a in args for x in (a if isinstance(a, list) else [a])]
        arrays = [(n, x) for n, x in enumerate(flat) if isinstance(x, np.ndarray)]
        before = {n: fingerprint(x) for n, x in arrays}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                result = function(*args)
            except Exception:
                continue
        changed = {str(n) for n, x in arrays if fingerprint(x) != before[n]}
        assert changed <= set(effect.mutates), args
        if effect.returns in ("fresh", "scalar", "none") and not changed:
            given = {int(m) for m in effect.mutates if m.isdigit()}
            parts = result if isinstance(result, tuple | list) else (result,)
            for part in parts:
                if isinstance(part, np.ndarray):
                    for n, x in arrays:
                        assert n in given or not np.shares_memory(part, x), args


def test_rows_that_say_a_builtin_changes_its_receiver_are_right() -> None:
    """The other way round, so that no row is a mutator by mistake."""
    for owner in ("builtins.list", "builtins.dict", "builtins.set"):
        for name in dir(samples()[owner][0]):
            effect = TABLES.method(owner, name)
            if name.startswith("_") or effect is None or "self" not in effect.mutates:
                continue
            assert any(fingerprint(r) != before for before, r, _ in calls(owner, name)), name


ESTIMATORS = [
    "linear_model.LinearRegression",
    "linear_model.LogisticRegression",
    "linear_model.Ridge",
    "tree.DecisionTreeClassifier",
    "ensemble.RandomForestClassifier",
    "svm.SVC",
    "neighbors.KNeighborsClassifier",
    "naive_bayes.GaussianNB",
    "preprocessing.StandardScaler",
    "preprocessing.MinMaxScaler",
    "decomposition.PCA",
    "cluster.KMeans",
    "impute.SimpleImputer",
    "feature_selection.SelectKBest",
    "gaussian_process.GaussianProcessClassifier",
]


def state(estimator: Any, name: str) -> dict[str, bytes]:
    """What an estimator knows, without the caches of its type (a tree counts its queries)."""
    caches = TABLES.type(f"sklearn.{name}").caches
    return {k: pickle.dumps(v) for k, v in vars(estimator).items() if k not in caches}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_estimator_learns_in_place_and_only_there(name: str) -> None:
    pytest.importorskip("sklearn")
    package, _, kind = name.partition(".")
    module = importlib.import_module(f"sklearn.{package}")
    x = np.random.default_rng(0).random((30, 4))
    y = np.arange(30) % 2
    before = (x.tobytes(), y.tobytes())
    estimator = getattr(module, kind)()

    assert estimator.fit(x, y) is estimator
    fitted = state(estimator, name)
    for method in ("predict", "predict_proba", "transform", "get_params", "score"):
        effect = TABLES.method(f"sklearn.{name}", method)
        assert effect is not None
        assert not effect.mutates
        if hasattr(estimator, method):
            args = {"get_params": (), "score": (x, y)}.get(method, (x,))
            result = getattr(estimator, method)(*args)
            if effect.returns == "fresh" and isinstance(result, np.ndarray):
                assert not np.shares_memory(result, x)

    assert state(estimator, name) == fitted
    assert (x.tobytes(), y.tobytes()) == before
