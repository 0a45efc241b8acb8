"""The one way through the house: source → data set → split → pixels → model → stages → predictions.

Every front end (command line, Python, worker, test) consumes these streams with a plain `for`.
"""
