"""`python -m deploy.suite`: the `siyu` command of this very checkout."""

from deploy.suite.command import main

main()
