"""Everything on one machine: a local Slack, a local PipesHub, and the real bot between them over HTTP."""
