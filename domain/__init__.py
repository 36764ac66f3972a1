"""The shared vocabulary: frozen dataclasses and enums. Imports nothing of ours."""
