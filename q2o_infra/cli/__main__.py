"""Runs the command as `python -m q2o_infra.cli`."""

from q2o_infra.cli.main import q2o

q2o(prog_name="q2o")
