"""How the server runs as processes: its port, its end, its workers, the file it watches."""
