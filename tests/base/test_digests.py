from cellweave._base.digests import digest, sha256


def test_the_border_between_parts_counts():
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("ab") == digest(b"ab")
    assert digest() != digest("")


def test_any_text_has_a_digest():
    assert len(digest("\ud800")) == 32


def test_sha256_is_what_others_compute():
    assert sha256(b"").startswith("e3b0c44298fc1c149afbf4c8996fb924")
