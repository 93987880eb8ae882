"""What would keep the bot from working: one function a finding, each with the fix."""
