"""The document of the REST API as a file of this repository: `make docs` writes it.

python -m largesse.app.rest_document > docs/api-v1.json
"""

import sys

from largesse.interfaces.rest_api import document_text

if __name__ == "__main__":
    sys.stdout.buffer.write(document_text())
