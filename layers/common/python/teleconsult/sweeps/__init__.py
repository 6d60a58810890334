"""What the schedule looks after: consultations nobody spoke about, bookings whose workflow is gone."""
