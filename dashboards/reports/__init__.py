"""Documents as Word and Excel files."""
