"""Human resources is on."""

from tests.hrm.attendance.conftest import hrm_on

__all__ = ["hrm_on"]
