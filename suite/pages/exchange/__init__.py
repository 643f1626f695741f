"""Rows out into files and files into rows."""
