"""The command line as `python -m cqo_docs`."""

from cqo_docs.cli.app import main

if __name__ == "__main__":
    main()
