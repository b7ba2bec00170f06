"""Sees to it that of all operators one acts."""

from vutler_operator.leadership.candidacy import candidacy
from vutler_operator.leadership.election import Candidate, Election, Terms
from vutler_operator.leadership.elector import Elector, Record

__all__ = ["Candidate", "Election", "Elector", "Record", "Terms", "candidacy"]
