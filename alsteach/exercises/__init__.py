"""Questions and exercises as data, their checking, and a learner's progress through them.

One source feeds the widgets in the notebooks, the workshop sheets and the nbgrader assignment.
"""

from .loading import Check, Item, load_items

__all__ = ["Check", "Item", "load_items"]
