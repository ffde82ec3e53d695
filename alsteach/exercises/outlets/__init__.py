"""What a teacher takes from the items besides the widgets: workshop sheets, an nbgrader course, all solutions."""
