"""One script of generation steps, told in three stream vocabularies."""
