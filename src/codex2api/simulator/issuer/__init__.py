"""The simulated sign-in: authorize, token, device codes, revocation (protocol sheet, section 1)."""
