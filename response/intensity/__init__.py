"""Energy intensity: statements and metered electricity become figures an office can sign."""
