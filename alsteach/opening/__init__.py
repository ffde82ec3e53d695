"""Opening the course: where its notebooks are, copying them out of an installed package, pages for readers.

Nothing here is imported before it is asked for: `course` loads nothing heavy, `reading` loads Voilà.
"""
