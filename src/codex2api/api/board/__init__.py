"""What the dashboard's pages show, each in one answer, and what happens meanwhile."""
