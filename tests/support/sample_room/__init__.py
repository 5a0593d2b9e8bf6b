"""A room that uses every point at which a room can register something: notes of projects.

It stands as a room of the program would: ``room.py`` says what it adds, the other modules hold the pieces.
"""
