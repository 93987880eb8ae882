"""PipesHub identities, account linking and installation."""
