"""Pages of personnel, and what it adds to the page of a person."""

from hrm.people.pages import changes, contracts, papers, tabs, tasks

__all__ = ["changes", "contracts", "papers", "tabs", "tasks"]
