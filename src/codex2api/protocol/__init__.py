"""The one upstream language: Responses requests, items, events and their SSE bytes. No IO."""
