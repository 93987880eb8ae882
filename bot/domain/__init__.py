"""What things are: frozen dataclasses and pure functions, no library, no I/O."""
