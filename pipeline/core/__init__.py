"""What every part stands on: errors, paths, logs, the lock, settings; it imports no other part."""
