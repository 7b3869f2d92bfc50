"""What callers asked us to remember: put back, kept, shown, and what runs in the background."""
