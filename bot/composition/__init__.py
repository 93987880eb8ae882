"""How the parts go together: what a process has once, and what each workspace has."""
