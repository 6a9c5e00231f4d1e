"""Pure figures: what an event tells about a case, what a case gives its window, what a window says."""
