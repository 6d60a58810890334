"""The demo: nine stories told to a running stack through HTTP alone, as the people in them would."""
