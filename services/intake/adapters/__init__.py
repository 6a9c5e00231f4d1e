"""The ends of intake: channels in, PostgreSQL behind, gRPC and events out."""
