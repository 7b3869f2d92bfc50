"""What models there are, what they offer, and the instructions packaged for them. Pure."""
