"""Measurements quoted in docs/measures.md, printed as ratios of one run."""

# Before NumPy is loaded: what is measured runs as the product does, without threads of BLAS's own.
import app  # noqa: F401
