"""The labelled sentences of the reply check, and what is counted on them."""
