"""Orderly power use (有序用电): plan, instructions, allocation, orders, execution."""
