"""The purity tables as data: current, in their vocabulary, and true of the installed libraries."""

from __future__ import annotations

import importlib
import subprocess
import sys
import time

import msgspec
import pytest

from cellweave.dataflow.effects import compile as compiler
from cellweave.dataflow.effects.model import Effect
from cellweave.dataflow.effects.tables import DATA, PURE, Tables, at_call, load

OLD_NAMES = frozenset(
    [
        "append",
        "applymap",
        "backfill",
        "bool",
        "combineMult",
        "first",
        "iteritems",
        "last",
        "lookup",
        "mad",
        "pad",
        "select",
        "slice_shift",
        "swapaxes",
        "to_gbq",
        "tshift",
        "view",
        "ravel",
        "itemset",
        "newbyteorder",
        "ptp",
        "tostring",
        "to_xarray",
        "interpolate",
    ]
)
"""Names of older or newer versions, which the rows keep on purpose."""
INSTALLED = ("numpy", "pandas", "sklearn", "matplotlib")


@pytest.fixture(scope="module")
def tables() -> Tables:
    return load()


def test_the_compiled_file_is_current() -> None:
    assert DATA.read_bytes() == compiler.encode(compiler.build(DATA.parent))


def test_loading_is_fast() -> None:
    raw = DATA.read_bytes()
    from cellweave.dataflow.effects.tables import Data

    best_s = min(_cpu_s(raw, Data) for _ in range(9))

    assert best_s < 0.008


def _cpu_s(raw: bytes, kind: type[msgspec.Struct]) -> float:
    start = time.process_time()
    msgspec.json.decode(raw, type=kind)
    return time.process_time() - start


def test_importing_the_tables_imports_no_library() -> None:
    code = (
        "import sys, cellweave.dataflow.effects.tables as t; t.load();"
        "print([m for m in ('numpy', 'pandas', 'matplotlib', 'tomllib') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "row",
    ["mutate:0", "returns:fersh", "inplaces", "mutates:0 mutates:1", "handle:1", "returns:", "no"],
)
def test_a_word_outside_the_vocabulary_is_refused(row: str) -> None:
    with pytest.raises(compiler.TableError):
        compiler.parse_row(row)


def test_a_row_says_what_its_words_say() -> None:
    assert compiler.parse_row("mutates:0,x draws:~random returns:none") == Effect(
        mutates=("0", "x"), draws=("~random",), returns="none"
    )


def test_a_second_row_for_one_name_is_refused(tmp_path) -> None:
    (tmp_path / "a.toml").write_text('[functions]\n"m.f m.g" = "returns:fresh"\n')
    (tmp_path / "b.toml").write_text('[functions]\n"m.f" = "mutates:0"\n')

    with pytest.raises(compiler.TableError, match=r"m\.f"):
        compiler.build(tmp_path)


def test_the_digest_does_not_depend_on_the_order_of_rows(tmp_path) -> None:
    rows = ['"m.f" = "mutates:0"', '"m.g" = "returns:scalar"', '"m.h" = "returns:view"']
    digests = set()
    for name, order in (("one", rows), ("two", rows[::-1])):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "a.toml").write_text("[functions]\n" + "\n".join(order))
        digests.add(compiler.build(folder).digest)

    assert len(digests) == 1


def test_arguments_are_positions_keywords_or_self(tables: Tables) -> None:
    for key in tables.rows():
        effect = tables.row(key)
        for argument in (*effect.mutates, *effect.keeps, *effect.calls):
            assert argument in ("self", "*") or argument.isdigit() or argument.isidentifier(), key
        if not key.startswith(("method:", "unknown:")):
            assert "self" not in effect.mutates + effect.keeps, key
            assert effect.returns != "self", key
        for channel in (*effect.draws, *effect.reads, *effect.sets):
            assert channel.startswith("~"), key


def test_types_that_rows_name_are_known_or_public(tables: Tables) -> None:
    data = tables.everything()
    known = set(data.types) | set(data.methods) | set(data.classes)
    named = {e.type for e in tables._data.effects if e.type}
    named |= {b for info in data.types.values() for b in info.bases}
    named |= {a for info in data.types.values() for a in info.attributes.values() if "." in a}
    named |= set(data.objects.values())

    assert sorted(named - known) == []


def test_aliases_lead_somewhere_and_never_round(tables: Tables) -> None:
    aliases = tables.everything().aliases
    for name in aliases:
        assert tables.resolve(name) not in aliases


def _find(qualname: str) -> object:
    parts = qualname.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:cut]))
        except ImportError:
            continue
        for part in parts[cut:]:
            found = getattr(found, part)
        return found
    raise AttributeError(qualname)


@pytest.mark.parametrize("library", INSTALLED)
def test_functions_and_classes_of_installed_libraries_exist(tables: Tables, library: str) -> None:
    pytest.importorskip(library)
    missing = []
    for qualname in (*tables.everything().functions, *tables.everything().classes):
        if qualname.partition(".")[0] != library or _made_up(qualname):
            continue
        try:
            _find(qualname)
        except AttributeError:
            missing.append(qualname)

    assert missing == []


def _made_up(qualname: str) -> bool:
    """Names of other versions, which the rows keep on purpose."""
    return qualname in {
        "pandas.read_gbq", "pandas.value_counts", "pandas.read_iceberg", "pandas.col",
        "matplotlib.cm.get_cmap", "matplotlib.cm.register_cmap", "matplotlib.dates.epoch2num",
        "matplotlib.style.reload_library", "pandas.DataFrame.from_arrow", "numpy.in1d",
        "pandas.Series.from_arrow", "pandas.Timestamp.utcnow", "pandas.Timestamp.utcfromtimestamp",
        "pandas.PeriodIndex.from_fields", "pandas.PeriodIndex.from_ordinals",
    }  # fmt: skip


@pytest.mark.parametrize(
    "type_name", ["numpy.ndarray", "pandas.DataFrame", "pandas.Series", "numpy.random.Generator"]
)
def test_rows_of_a_type_are_its_methods_and_all_of_them(tables: Tables, type_name: str) -> None:
    pytest.importorskip(type_name.partition(".")[0])
    owner = _find(type_name)
    attributes = tables.type(type_name).attributes
    rows = {name for name in tables.everything().methods[type_name] if not name.startswith("__")}
    public = {
        name
        for name in dir(owner)
        if not name.startswith("_")
        and callable(getattr(owner, name, None))
        and name not in attributes
        and tables.function(f"{type_name}.{name}") is None
    }

    assert sorted(public - rows) == []
    assert sorted(n for n in rows - OLD_NAMES if not hasattr(owner, n)) == []


@pytest.mark.parametrize("owner", [list, dict, set, frozenset, tuple, str, bytearray])
def test_every_method_of_a_builtin_type_has_a_row(tables: Tables, owner: type) -> None:
    for name in dir(owner):
        if not name.startswith("_"):
            assert (
                tables.method(f"builtins.{owner.__name__}", name) is not None
                or tables.function(f"builtins.{owner.__name__}.{name}") is not None
            ), name


def test_every_builtin_function_has_a_row(tables: Tables) -> None:
    import builtins

    for name, value in vars(builtins).items():
        if not callable(value) or name.startswith("_") or isinstance(value, type):
            continue
        if name not in ("copyright", "credits", "license"):
            assert tables.function(f"builtins.{name}") is not None, name


def test_exact_rows_win_over_bases_patterns_and_stars(tables: Tables) -> None:
    # Counter is a dict that overrides update; LinearRegression is only covered by a pattern.
    assert tables.method("collections.Counter", "most_common") is not None
    assert tables.method("collections.Counter", "setdefault") == tables.method(
        "builtins.dict", "setdefault"
    )
    fitted = tables.method("sklearn.linear_model.LinearRegression", "fit")
    assert fitted is not None
    assert fitted.mutates == ("self",)
    assert fitted.returns == "self"
    neighbours = tables.method("sklearn.neighbors.KNeighborsClassifier", "fit")
    assert neighbours is not None
    assert neighbours.keeps == ("0", "1")


def test_private_homes_of_public_names_are_found(tables: Tables) -> None:
    assert tables.function("pandas.core.frame.DataFrame") == tables.function("pandas.DataFrame")
    assert tables.is_class("sklearn.linear_model._base.LinearRegression")


def test_a_camel_case_name_of_a_package_is_a_class(tables: Tables) -> None:
    made = tables.default("sklearn.ensemble.SomeNewForest")

    assert made is not None
    assert made.type == "sklearn.ensemble.SomeNewForest"
    assert made.returns == "args"
    assert tables.is_class("sklearn.ensemble.SomeNewForest")
    assert not tables.is_class("sklearn.metrics.accuracy_score")


def test_nothing_is_known_of_an_unknown_library(tables: Tables) -> None:
    assert tables.function("mystery.f") is None
    assert tables.default("mystery.f") is None
    assert tables.method("mystery.Thing", "go") is None
    assert not tables.is_class("mystery.Thing")


def test_a_method_called_through_its_class_takes_its_receiver_first(tables: Tables) -> None:
    appended = tables.function("builtins.list.append")

    assert appended is not None
    assert appended.mutates == ("0",)
    assert appended.keeps == ("1",)


def test_an_unknown_receiver_is_pure_only_where_all_types_agree(tables: Tables) -> None:
    described = tables.any_method("describe")
    assert described is not None
    assert not described.mutates
    for name in ("sort", "fit", "reverse", "setdefault", "apply_changes"):
        assert tables.any_method(name) is None, name


def test_a_row_that_is_left_out_reads_as_pure(tables: Tables) -> None:
    broken = tables.without("method:builtins.list:append")

    assert broken.method("builtins.list", "append") == PURE
    assert tables.method("builtins.list", "append") != PURE
    assert broken.digest != tables.digest


def test_every_row_can_be_left_out(tables: Tables) -> None:
    for key in list(tables.rows())[::7]:
        assert tables.without(key).row(key) == PURE


@pytest.mark.parametrize(
    ("name", "keywords", "positional", "mutates", "returns"),
    [
        ("numpy.add", {}, 2, ("out", "2"), "fresh"),
        ("numpy.add", {}, 3, ("out", "2"), "unknown"),
        ("numpy.add", {"out": ...}, 2, ("out", "2"), "unknown"),
        ("numpy.nan_to_num", {"copy": False}, 1, ("copy", "0"), "view"),
        ("numpy.array", {"copy": False}, 1, (), "view"),
        ("numpy.array", {"copy": True}, 1, (), "fresh"),
    ],
)
def test_keywords_decide_what_one_call_does(
    tables: Tables, name: str, keywords: dict, positional: int, mutates: tuple, returns: str
) -> None:
    effect = tables.function(name)
    assert effect is not None

    made = at_call(effect, keywords, positional)

    assert made.mutates == mutates
    assert made.returns == returns


def test_a_seed_at_the_call_draws_from_no_channel(tables: Tables) -> None:
    split = tables.function("sklearn.model_selection.train_test_split")
    assert split is not None

    assert at_call(split, {}, 2).draws == ("~numpy.random",)
    assert at_call(split, {"random_state": 0}, 2).draws == ()
    assert at_call(split, {"random_state": None}, 2).draws == ("~numpy.random",)
    assert at_call(split, {"random_state": ...}, 2).mutates == ("random_state",)


def test_in_place_is_what_the_keyword_says(tables: Tables) -> None:
    drop = tables.method("pandas.DataFrame", "drop")
    assert drop is not None

    assert at_call(drop, {"inplace": True}).mutates == ("self",)
    assert at_call(drop, {"inplace": ...}).mutates == ("self",)
    assert at_call(drop, {"inplace": False}).mutates == ()
