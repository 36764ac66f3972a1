"""Composition root: wiring, supervisor, bus, clock, command line."""

import os

# Has to stand before NumPy is loaded. Our matrices are small and every question has a thread of its own: BLAS threads
# that wait for each other on a busy machine made a district's forecast take five times the processor time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
