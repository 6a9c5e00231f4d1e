"""The platform as an operator and its users meet it. A package, so that its shared platform ends with it."""
