"""Files on disk, split into passages and indexed for search."""
