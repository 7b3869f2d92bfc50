"""``/v1/images``: generations and edits, each one whole answer with the image in base64."""
