"""The fault suite: the product as a real process, and every fault of the matrix done to it."""
