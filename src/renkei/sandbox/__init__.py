"""A small synthetic country that runs on one machine, and the stories played in it (試験国).

Nobody in it exists: individual numbers fail the official check digit, keys lie in files, and every
start says so.
"""
