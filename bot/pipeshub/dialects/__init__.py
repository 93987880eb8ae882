"""The stream vocabularies of PipesHub's generations, read into one set of events."""
