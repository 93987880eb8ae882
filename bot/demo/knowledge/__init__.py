"""A local server that plays PipesHub: conversations, streams and answers over a folder of documents."""
