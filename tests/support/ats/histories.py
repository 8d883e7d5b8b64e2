"""What really happens to candidates, as the deliveries that tell of it, in the order it happened.

Greenhouse's deliveries are the vendor's own examples with other ids, times and names in them; no
genuine body of Ashby is public, so its deliveries are written here in the shape of its published
schemas, and Huntflow's in that of its documentation; the generic ones are in Rapport's published
form. Nothing says in which order, how late or how often they arrive: that is for the tests to try
out.

`histories()` gives the courses; each has ids of its own, so that several can be mixed.
"""

from tests.support.ats import (
    ashby_courses,
    greenhouse_courses,
    huntflow_courses,
    standard_courses,
)
from tests.support.ats.course import BEGAN, DELIVERED, Delivery, History, sample

__all__ = ["BEGAN", "DELIVERED", "Delivery", "History", "histories", "sample"]


def histories() -> list[History]:
    """All of them; each has people, applications and jobs that no other has."""
    return [
        course(number)
        for courses in (
            greenhouse_courses.COURSES,
            ashby_courses.COURSES,
            standard_courses.COURSES,
            huntflow_courses.COURSES,
        )
        for number, course in enumerate(courses, start=1)
    ]
