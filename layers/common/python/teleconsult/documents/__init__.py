"""What the patient's side attaches to a booking: discharge summaries, results of examinations (S9)."""
