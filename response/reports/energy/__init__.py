"""Reports of energy use and intensity, in the wording of the office."""
