"""What holds for every test."""

from hypothesis import HealthCheck, settings

# A slow machine is no failure: generated tests have no deadline.
settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("house")
