"""What every part builds on: errors, paths, logs, the lock, settings; it imports no other part."""
