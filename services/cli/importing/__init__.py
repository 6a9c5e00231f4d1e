"""`amends import`: take over an earlier system's backlog through `POST /v1/complaints` and nothing else."""
