"""The platform every service stands on: data path, edge and lifetime. It knows no service."""
