"""What the simulated backend answers: markers, rules, and the events they stand for."""
