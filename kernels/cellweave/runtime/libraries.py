"""How values of numpy, pandas, torch and matplotlib are looked into, without importing any of them.

A value of one of these exists only after its library was imported, so the modules are taken from
`sys.modules`. `digesters` returns (test, walk) pairs for `digest.py`; the rest tells `pickling.py`
which arrays share memory, and `previews.py` what a value looks like.
"""

# ruff: noqa: SLF001 - what libraries and the interpreter keep to themselves is what we carry

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Iterator
from typing import Any, Callable

Handles = Callable[[Any, type], bool]


def module(name: str) -> Any:
    """The loaded module `name`, or None."""
    return sys.modules.get(name)


def is_array(value: Any) -> bool:
    """Whether `value` is a numpy array, subclasses included."""
    numpy = module("numpy")
    return numpy is not None and hasattr(numpy, "ndarray") and isinstance(value, numpy.ndarray)


def is_tensor(value: Any) -> bool:
    """Whether `value` is a torch tensor with memory of its own kind."""
    return _instance(value, "torch", "Tensor") and hasattr(value, "untyped_storage")


def root_of(kind: type) -> str:
    """The top-level package in which a class was defined."""
    name: Any = kind.__module__
    return name.partition(".")[0] if isinstance(name, str) else ""


def pandas_copies_on_write() -> bool:
    """Whether this pandas gives every frame its own values as far as anybody can see."""
    pandas = module("pandas")
    if pandas is None or not hasattr(pandas, "__version__"):
        return False
    if int(pandas.__version__.partition(".")[0]) >= 3:
        return True
    try:
        return pandas.options.mode.copy_on_write is True
    except AttributeError:
        return False


def bounds(array: Any) -> tuple[int, int]:
    """The first address of an array's memory, and the one after its last."""
    start = int(array.__array_interface__["data"][0])
    low, high = start, start + array.itemsize
    for length, stride in zip(array.shape, array.strides):
        if length == 0:
            return start, start
        if stride < 0:
            low += (length - 1) * stride
        else:
            high += (length - 1) * stride
    return low, high


def raw_view(low: int, high: int) -> Any:
    """The bytes from `low` to `high` of this process as an array; the caller keeps them alive."""

    class Window:
        __array_interface__ = {
            "data": (low, False),
            "shape": (high - low,),
            "typestr": "|u1",
            "version": 3,
        }

    return module("numpy").asarray(Window())


# -- digests ------------------------------------------------------------------------------------


def digesters(tree: Any, reduced: Any) -> list[tuple[Handles, Any]]:
    """Pairs of a test and a walk; `tree` makes a node and `reduced` is the general walk."""

    def array(walk: Any, value: Any) -> Any:
        numpy = module("numpy")
        kind = type(value)
        plain = numpy.asarray(value).view(numpy.ndarray)
        own = repr((kind.__qualname__, _dtype(plain.dtype), plain.shape)).encode()
        extra = dict(getattr(value, "__dict__", None) or {}) if kind is not numpy.ndarray else {}
        extra = {key: item for key, item in extra.items() if key not in {"_mmap", "_basedict"}}
        if plain.dtype.hasobject:
            items = plain.reshape(-1).tolist()
            return walk.attributes(own, {"items": items, **extra}, kind)
        if extra:
            content = tree("array", _array_hash(plain))
            node = walk.attributes(own, extra, kind)
            return tree("attributes", own, {"[…]": content, **(node.children or {})}, node.lazy)
        return tree("array", own + _array_hash(plain))

    def scalar(_walk: Any, value: Any) -> Any:
        numpy = module("numpy")
        if value.dtype.hasobject:
            return tree("numpy scalar", repr(value.item()).encode("utf-8", "surrogatepass"))
        missing = value.dtype.kind == "f" and numpy.isnan(value)
        text = b"nan" if missing else value.tobytes()
        return tree("numpy scalar", _dtype(value.dtype).encode() + b" " + text)

    def dtype(_walk: Any, value: Any) -> Any:
        return tree("dtype", _dtype(value).encode())

    def ufunc(_walk: Any, value: Any) -> Any:
        return tree("ufunc", value.__name__.encode())

    def frame(walk: Any, value: Any) -> Any:
        extras = {"columns": value.columns, "index": value.index, **_pandas_extras(value)}
        node = walk.attributes(type(value).__qualname__.encode(), extras)
        children = {}
        for label, column in zip(value.columns, _columns(value)):
            key = f"[{label!r}]"
            while key in children:
                key += "'"
            children[key] = walk.node(column)
        return tree("attributes", node.own, {**(node.children or {}), **children}, ordered=False)

    def series(walk: Any, value: Any) -> Any:
        fields = {"name": value.name, "index": value.index, "values": value.array}
        return walk.attributes(
            type(value).__qualname__.encode(), {**fields, **_pandas_extras(value)}
        )

    def index(walk: Any, value: Any) -> Any:
        own = type(value).__qualname__.encode()
        fields: dict[str, Any] = {"names": list(value.names)}
        if hasattr(value, "levels"):
            numpy = module("numpy")
            codes = [numpy.asarray(code, dtype="int64") for code in value.codes]
            fields.update(levels=list(value.levels), codes=codes)
        elif hasattr(value, "start") and hasattr(value, "step"):
            fields.update(start=value.start, stop=value.stop, step=value.step)
        else:
            fields.update(values=value.array, freq=getattr(value, "freq", None))
        return walk.attributes(own, fields)

    def extension(walk: Any, value: Any) -> Any:
        own = f"{type(value).__qualname__} {value.dtype!r}".encode()
        if hasattr(value, "categories"):
            return walk.attributes(own, {"codes": value.codes, "categories": value.categories})
        if hasattr(value, "_mask") and hasattr(value, "_data"):
            numpy = module("numpy")
            filled = numpy.where(value._mask, value._data.dtype.type(), value._data)
            return walk.attributes(own, {"mask": value._mask, "data": filled})
        if hasattr(value, "_pa_array"):
            return walk.attributes(own, {"items": value._pa_array.to_pylist()})
        if hasattr(value, "_ndarray"):
            return walk.attributes(own, {"data": value._ndarray})
        return reduced(walk, value, type(value))

    def tensor(walk: Any, value: Any) -> Any:
        torch = module("torch")
        own = repr((str(value.dtype), tuple(value.shape), value.requires_grad)).encode()
        flat = value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy()
        fields = {"data": flat, "grad": value.grad}
        return walk.attributes(own, fields)

    def neighbour_tree(walk: Any, value: Any) -> Any:
        state = value.__getstate__()
        return walk.attributes(type(value).__name__.encode(), {"state": state[:7] + state[11:]})

    def artist(walk: Any, value: Any) -> Any:
        return walk.attributes(type(value).__qualname__.encode(), dict(_artist_fields(value)))

    def of_numpy(name: str) -> Handles:
        return lambda value, _kind: _instance(value, "numpy", name)

    def of_pandas(name: str) -> Handles:
        return lambda value, _kind: _instance(value, "pandas", name)

    return [
        (lambda value, _kind: is_array(value), array),
        (of_numpy("generic"), scalar),
        (of_numpy("dtype"), dtype),
        (of_numpy("ufunc"), ufunc),
        (of_pandas("DataFrame"), frame),
        (of_pandas("Series"), series),
        (of_pandas("Index"), index),
        (
            lambda value, _kind: _instance(value, "pandas.api.extensions", "ExtensionArray"),
            extension,
        ),
        (lambda value, _kind: _instance(value, "torch", "Tensor"), tensor),
        (lambda value, _kind: _instance(value, "matplotlib.artist", "Artist"), artist),
        (_is_neighbour_tree, neighbour_tree),
    ]


def _is_neighbour_tree(value: Any, kind: type) -> bool:
    """A search tree of scikit-learn, whose state counts the queries at 7 to 10."""
    named = kind.__name__.startswith(("KDTree", "BallTree")) and root_of(kind) == "sklearn"
    return named and isinstance(value.__getstate__(), tuple) and len(value.__getstate__()) >= 11


def _instance(value: Any, where: str, name: str) -> bool:
    kind = getattr(module(where), name, None)
    return isinstance(kind, type) and isinstance(value, kind)


def _dtype(dtype: Any) -> str:
    return (
        repr(dtype.descr) if dtype.names else dtype.str if dtype.kind not in "OV" else repr(dtype)
    )


def _array_hash(array: Any) -> bytes:
    numpy = module("numpy")
    if array.dtype.kind in "fc":
        missing = numpy.isnan(array)
        if missing.any():  # one bit pattern for all of them
            array = array.copy()
            array[missing] = numpy.nan
    flat = numpy.ascontiguousarray(array).reshape(-1).view(numpy.uint8)
    return hashlib.blake2b(memoryview(flat), digest_size=32).digest()


def _columns(frame: Any) -> Iterator[Any]:
    if hasattr(frame, "_iter_column_arrays"):
        yield from frame._iter_column_arrays()
        return
    yield from (frame.iloc[:, position].array for position in range(frame.shape[1]))


def _pandas_extras(value: Any) -> dict[str, Any]:
    extras = {name: getattr(value, name, None) for name in value._metadata if name != "_name"}
    extras["attrs"] = dict(value.attrs)
    return extras


_ARTIST_DATA = ("get_xydata", "get_text", "get_offsets", "get_array", "get_title", "get_label")
_ARTIST_LOOK = (
    "get_xlabel",
    "get_ylabel",
    "get_visible",
    "get_alpha",
    "get_color",
    "get_facecolor",
)


def _artist_fields(artist: Any) -> Iterator[tuple[str, Any]]:
    """What a reader of the picture sees; ticks and layout are made while drawing, so not those."""
    for name in (*_ARTIST_DATA, *_ARTIST_LOOK):
        getter = getattr(artist, name, None)
        if getter is not None:
            try:
                yield name, getter()
            except Exception:  # noqa: S112 - an artist without data yet
                continue
    kind = type(artist).__name__
    if kind not in {"Axis", "XAxis", "YAxis", "XTick", "YTick"}:
        for position, child in enumerate(artist.get_children()):
            if type(child).__name__ not in {"XAxis", "YAxis"}:
                yield f"child {position}", child


# -- what cannot change ---------------------------------------------------------------------------


def is_immutable_numpy(value: Any) -> bool:
    """Scalars, dtypes and functions of numpy."""
    numpy = module("numpy")
    return isinstance(value, (numpy.generic, numpy.dtype, numpy.ufunc))


def is_immutable_pandas(value: Any) -> bool:
    """Indexes, scalars and dtypes of pandas, and the bookkeeping that its frames share."""
    pandas = module("pandas")
    if isinstance(value, (pandas.Index, pandas.api.extensions.ExtensionDtype)):
        return True
    return type(value).__name__ in {
        "Timestamp",
        "Timedelta",
        "Period",
        "Interval",
        "NAType",
        "NaTType",
        "BlockPlacement",
        "DateOffset",
    } or hasattr(value, "freqstr")


def common_to_all_figures(values: Iterable[Any]) -> set[int]:
    """Ids of what matplotlib puts into every figure: paths of ticks, lists among its settings."""
    matplotlib = module("matplotlib")
    if matplotlib is None or not hasattr(matplotlib, "rcParams"):
        return set()
    found = {id(item) for item in dict.values(matplotlib.rcParams)}
    for value in values:
        if type(value).__module__ == "matplotlib.path":
            found |= {id(value), id(vars(value)), id(value.vertices), id(value.codes)}
    return found
