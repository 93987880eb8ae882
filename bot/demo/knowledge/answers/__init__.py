"""Answers composed from passages: pure functions over words, statements and citations."""
