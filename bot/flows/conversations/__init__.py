"""What people do with their conversations."""
