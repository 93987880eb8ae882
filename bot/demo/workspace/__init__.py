"""Plays Slack: one workspace on this machine, real to the app that talks to it."""
