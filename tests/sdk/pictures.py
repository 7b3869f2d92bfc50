"""Small real files for uploads."""

from codex2api.simulator.backend.pictures import png

PNG = png(1, 1)
GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00"
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(28)
