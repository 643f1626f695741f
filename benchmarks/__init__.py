"""Figures that an issue names as fast, printed beside a floor on the same server in the same run."""
