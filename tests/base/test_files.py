import os

import pytest

from cellweave._base.files import write_atomic


def test_a_new_file_gets_the_usual_mode(tmp_path):
    plain = tmp_path / "plain"
    plain.write_bytes(b"")

    write_atomic(tmp_path / "new", b"data")

    assert (tmp_path / "new").read_bytes() == b"data"
    assert (tmp_path / "new").stat().st_mode == plain.stat().st_mode


def test_a_failure_leaves_the_old_content_and_no_rubbish(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomic(path, b"new")

    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    assert path.read_bytes() == b"old"
