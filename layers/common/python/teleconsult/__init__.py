"""Teleconsult: paid online consultations of a clinic, from the booking to the settled rouble."""
