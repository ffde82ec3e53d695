"""The course's interactive panels, one module a notebook; `core` holds what they share."""
