"""What `make bench` measures: one module for each group of figures (see bench/registry.py)."""
