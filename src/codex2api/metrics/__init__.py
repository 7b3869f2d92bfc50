"""What monitoring reads: counts of requests that are over, and how the server stands now.

Counting is cheap and happens once a request, behind its answer; everything that costs is done
when somebody asks. ``prometheus_client`` is imported then, and not before.
"""
