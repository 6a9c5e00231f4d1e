"""The embedded default: a real Apache Kafka and a real PostgreSQL on one machine, and the supervision of
processes.

Owns the data folder (`layout`), finds or fetches what the servers need (`java`, `jars`, `pgbinaries`), runs
them (`kafka`, `postgres`, `servers`), keeps a list of processes alive and takes all of them down
(`supervisor`), and says what a machine lacks (`doctor`). Events in and out: none; calls served: none.
External KAFKA_BOOTSTRAP and DATABASE_URL win over the embedded servers.
"""
