import sys

from tools import openapi

sys.exit(openapi.main(sys.argv[1:]))
