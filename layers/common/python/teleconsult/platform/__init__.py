"""What every capability stands on: time, ids, settings, AWS clients, DynamoDB, errors, logs."""
