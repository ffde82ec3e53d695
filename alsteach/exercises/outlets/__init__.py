"""What a teacher takes from the items: sheets, an nbgrader course, a file for Moodle, all solutions."""
