"""Let `python -m largesse` be the command line, so that children need no script on the path."""

from largesse.app.main import main

if __name__ == "__main__":
    main()
