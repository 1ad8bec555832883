"""The `q2o` command: thin commands over library functions."""
