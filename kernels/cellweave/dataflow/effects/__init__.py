"""The purity tables: what calls into libraries do to what they are given, as data."""
