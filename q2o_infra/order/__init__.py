"""The order that no data flow gives: every edge that somebody wrote down, with its reason.

A pattern is a shell pattern over "Kind logical-name", for example "Deployment workloads-agent-*". What is made after
something is deleted before it. Tests hold the tables against the plan of every stack, in both directions: an edge
that no row explains fails, and so does a row that explains nothing. What operators make that no edge can reach stands
in `OUTSIDE`, each with what awaits its end, so that a destroy leaves nothing.
"""
