"""The payment sandbox: YooKassa's API v3 on this machine, for the local stack and the tests.

Production code does not know it: only the base URL differs.
"""
