import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellweave.notebook.options import KEYS, CellOptions, parse


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("task: fit", "task", "fit"),
        ("task: Clean the données #1", "task", "Clean the données"),
        ('task: "Step #1: clean"', "task", "Step #1: clean"),
        ("task: 007", "task", "007"),
        ("task: no", "task", "no"),
        ("task: null", "task", "null"),
        ("skip: true", "skip", True),
        ("skip: False", "skip", False),
        ("setup: no", "setup", False),
        ("after: load", "after", ("load",)),
        ("after: load, clean up", "after", ("load", "clean up")),
        ("after: 'load, clean'", "after", ("load, clean",)),
        ('after: [load, "a, b"]', "after", ("load", "a, b")),
        ("cpu: 2", "cpu", "2"),
        ("cpu: 500m", "cpu", "500m"),
        ("memory: 8Gi", "memory", "8Gi"),
        ("memory: 1.5e9", "memory", "1.5e9"),
        ("gpu: 1", "gpu", "1"),
        ("image: ghcr.io/me/it:1@sha256:ab", "image", "ghcr.io/me/it:1@sha256:ab"),
        ("env: {MODE: fast, N: 1, ON: true}", "env", {"MODE": "fast", "N": "1", "ON": "true"}),
        ("secrets: [db/password]", "secrets", ("db/password",)),
        ("retries: 3", "retries", 3),
        ("timeout: 90", "timeout", 90.0),
        ("timeout: 30m", "timeout", 1800.0),
        ("timeout: 1d2h3m4.5s", "timeout", 93784.5),
        ("cache: false", "cache", False),
        ("map: row", "map", "row"),
        ("when: n > 1  # often", "when", "n > 1  # often"),
        ("when: color == '#fff'", "when", "color == '#fff'"),
        ("when: 'a' == 'b'", "when", "'a' == 'b'"),
        ("when: \"x == 'a'\"", "when", "x == 'a'"),
        ("when: [1]", "when", "[1]"),
        ("reads: x, y", "reads", ("x", "y")),
        ("writes: [x]", "writes", ("x",)),
        ("engine: direct", "engine", "direct"),
        ("pure: frame", "pure", ("frame",)),
        ("interruptible: true", "interruptible", True),
        ("pod-template: big", "pod_template", "big"),
        ("packages: [libgomp1, git]", "packages", ("libgomp1", "git")),
        ("files: *.csv", "files", ("*.csv",)),
        ("flyte-task: proj.mod.fit", "flyte_task", "proj.mod.fit"),
        ("description: Fits: all of it", "description", "Fits: all of it"),
    ],
)
def test_an_option_line_sets_its_field(line, field, value):
    options, found = parse("c", f"#| {line}\nx = 1")

    assert getattr(options, field) == value
    assert options.set == (line.partition(":")[0],)
    assert found == ()


def test_every_key_has_a_case_above():
    marks = test_an_option_line_sets_its_field.pytestmark
    lines = [case[0] for case in marks[0].args[1]]

    assert {line.partition(":")[0] for line in lines} == KEYS


@pytest.mark.parametrize(
    "source",
    [
        "#| task: fit",
        "#|task: fit",
        "#|   task:   fit   ",
        "\n\n# a comment\n#| task: fit",
        "%%time\n#| task: fit",
        "%%capture out --no-stderr\n\n#| task: fit\nx = 1",
        "#| task: fit\r\nx = 1\r\n",
        "#| echo: false\n#| task: fit",
        "#| task: |\n#|   fit",
    ],
)
def test_option_lines_stand_at_the_top(source):
    options, found = parse("c", source)

    assert options.task == "fit"
    assert found == ()


def test_lines_of_options_are_known():
    options, _ = parse("c", "%%time\n#| task: a\n# why\n#| after:\n#|   - b\n#| gpu: 1\n")

    assert options.lines == {"task": 2, "after": 4, "gpu": 6}


def test_a_list_and_a_map_may_be_blocks():
    options, found = parse(
        "c", "#| after:\n#| - load\n#|   - clean\n#| env:\n#|   A: 1\n#|   B: x\n#| cpu: 2"
    )

    assert options.after == ("load", "clean")
    assert options.env == {"A": "1", "B": "x"}
    assert options.cpu == "2"
    assert found == ()


@pytest.mark.parametrize(
    ("line", "code", "severity", "said"),
    [
        ("memroy: 4Gi", "unknown-option", "warning", "did you mean `memory`?"),
        ("pod_template: x", "unknown-option", "warning", "did you mean `pod-template`?"),
        ("Task: x", "unknown-option", "warning", "did you mean `task`?"),
        ("quux: x", "unknown-option", "warning", "there is no option `quux`"),
        ("skip: maybe", "option-type", "error", "must be `true` or `false`, not `maybe`"),
        ("skip: 'true'", "option-type", "error", "must be `true` or `false`"),
        ("skip:", "option-type", "error", "has no value"),
        ("retries: -1", "option-type", "error", "a whole number from 0 on, not `-1`"),
        ("retries: 1.5", "option-type", "error", "a whole number"),
        ("retries: [1]", "option-type", "error", "not a list"),
        ("memory: 4GB", "option-type", "error", "write `4Gi` or `4G`"),
        ("memory: lots", "option-type", "error", "a quantity such as"),
        ("cpu:", "option-type", "error", "has no value"),
        ("gpu: -1", "option-type", "error", "a quantity"),
        ("timeout: soon", "option-type", "error", "a time such as"),
        ("timeout: {a: b}", "option-type", "error", "not a map"),
        ("engine: airflow", "option-type", "error", "one of `papermill`, `direct`"),
        ("env: MODE=fast", "option-type", "error", "a map such as"),
        ("env: {A: [1]}", "option-type", "error", "one value"),
        ("after: {a: b}", "option-type", "error", "not a map"),
        ("after: [[a]]", "option-type", "error", "a list of names"),
        ("after: a,,b", "option-type", "error", "a list of names"),
        ("map: a b", "option-type", "error", "a loop variable"),
        ("map: for", "option-type", "error", "a loop variable"),
        ("task: [a]", "option-type", "error", "put the value in quotes"),
        ("after: [a", "option-syntax", "error", "`]` is missing"),
        ("task: [draft] fit", "option-syntax", "error", "put the value in quotes"),
        ("when: x >", "option-syntax", "error", "not a Python expression"),
        ("when: x = 1", "option-syntax", "error", "not a Python expression"),
        ("when:", "option-type", "error", "has no value"),
        ("task fit", "option-syntax", "error", "write `#| task: …`"),
        ("skip", "option-syntax", "error", "write `#| skip: …`"),
        ("task:fit", "option-syntax", "error", "write `#| task: …`"),
        (": fit", "option-syntax", "error", "a `key: value` is expected"),
        ("this is prose", "option-syntax", "warning", "write `#` for a comment"),
        ("task:", "task-name", "error", "is empty"),
        ("task: ''", "task-name", "error", "is empty"),
        ("task:    # later", "task-name", "error", "is empty"),
    ],
)
def test_what_is_wrong_with_an_option_is_said_with_its_line(line, code, severity, said):
    options, found = parse("c", f"# first\n#| {line}\n#| description: kept")

    assert [(d.code, d.severity, d.cell, d.line) for d in found] == [(code, severity, "c", 2)]
    assert said in f"{found[0].message} {found[0].help}"
    assert options.set == ("description",)


def test_an_option_given_twice_keeps_the_first():
    options, found = parse("c", "#| task: a\n#| task: b")

    assert options.task == "a"
    assert [(d.code, d.line) for d in found] == [("option-syntax", 2)]


def test_an_option_below_code_is_reported_and_has_no_effect():
    options, found = parse("c", "x = 1\n#| task: fit\n#| echo: false\n#| --- art")

    assert options == CellOptions()
    assert [(d.code, d.line, d.name) for d in found] == [("ignored-option", 2, "task")]


@pytest.mark.parametrize(
    "line",
    [
        "#| echo: false",
        "#| label: fig-x",
        '#| fig-cap: ["a", "b"]',
        "#| fig.width: 3",
        "#| code-fold: show",
        "#| tbl-colwidths: [60,40]",
        "#|export",
        "#| export",
        "#| hide",
        "#| default_exp core.stuff",
        "#| eval: false",
        "#| filter_stream FutureWarning",
        "#|------|",
        "#| a | b |",
        "#|",
        "#| fig-cap: |\n#|   task: not an option\n#|   at all",
        "#| layout:\n#|   - a",
    ],
)
def test_lines_of_quarto_nbdev_and_drawings_are_left_alone(line):
    options, found = parse("c", f"{line}\nx = 1")

    assert not options
    assert found == ()


def test_a_cell_without_option_lines_costs_nothing():
    first, _ = parse("a", "x = 1")
    second, _ = parse("b", "y = 1")

    assert first is second


@given(st.lists(st.text(), max_size=5), st.sampled_from(sorted(KEYS)))
def test_no_line_makes_the_parser_fail(texts, key):
    source = "\n".join([f"#| {key}: {text}" for text in texts] + [f"#|{text}" for text in texts])

    options, found = parse("c", source)

    assert isinstance(options, CellOptions)
    assert all(d.cell == "c" and d.line >= 1 for d in found)
