"""Files, images and sound: forms in, one answer out."""
