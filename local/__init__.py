"""The one-command stack on the developer's own machine. Nothing of it is deployed."""
