"""Resolution's edges: PostgreSQL, Kafka, gRPC and the data files."""
