"""A simulated ChatGPT: the sign-in issuer at ``/`` and the codex backend at ``/backend-api``.

For demonstrations and tests only. It is strict where the real backend is strict (protocol sheet,
sections 1 to 7), says in every answer that it is a simulation, and can be told to fail in every
way the real one is known to fail.
"""
