"""What may be wrong with labelled pictures, found from measures and activations; and what correcting it is worth.

Every finding is a reason on a picture, with a score, and never an action. No torch here: pages read all of it.
"""
