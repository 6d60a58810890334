"""What operators find and do at the desk: search, the link again, what has to be looked at."""
