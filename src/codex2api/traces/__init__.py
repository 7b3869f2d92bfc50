"""Where a request's time went, told to an OpenTelemetry collector; off unless one is named.

Nothing here is in the way of a request while it is off: what takes times down stands around the
relay and the upstream only if it is wanted, and ``opentelemetry`` is imported only then.
"""
