"""What runs in the processes we start, by path and under a private name: standard library only.

It must run on any Python from 3.8 on, which a function's Runtime may name.
"""
