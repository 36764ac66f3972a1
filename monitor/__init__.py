"""Live windows, the engine, and the questions people ask of load."""
