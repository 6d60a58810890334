"""What every capability stands on: time, ids, settings, AWS clients, DynamoDB, errors, logs."""

import gc
import os

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # What is imported stays, and a request makes thousands of objects that are gone with it: a collector that
    # looks at all of them every 700 costs a cold start 27 ms, and a large clinic's month of slots a third.
    gc.set_threshold(50_000, 10, 10)
