"""Modals, each in a module of its own."""
