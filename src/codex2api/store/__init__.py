"""What is kept on disk: token files, the owner's own key."""
