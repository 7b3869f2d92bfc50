"""The dashboard: pages, their modules and style, and the owner's session in a browser.

What pages show comes as JSON from routes under ``/admin/api``; those are in the room ``api``.
"""
