"""The services of Amends, one folder each, and the chassis that they share."""
