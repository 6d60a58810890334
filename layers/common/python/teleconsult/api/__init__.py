"""What the HTTP entrances take in and show: forms and views. The rules are in the capabilities."""
