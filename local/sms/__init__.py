"""SMSC.ru and SMS Aero on this machine: for `TELECONSULT_SMS=smsc` or `smsaero`, and for tests."""
