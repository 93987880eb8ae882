"""What people do with an answer."""
