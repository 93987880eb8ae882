"""The client of PipesHub's Conversations API: domain values in and out, three generations of servers."""
