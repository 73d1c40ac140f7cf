"""`python -m takeback` is `takeback`."""

from takeback.cli.main import main

if __name__ == "__main__":
    main()
