"""How the API describes itself."""

from __future__ import annotations

from drf_spectacular.openapi import AutoSchema


class Schema(AutoSchema):
    """The description of one route; what carries out an action is not called like what creates a row."""

    def get_operation_id(self) -> str:
        """The name of the operation in generated clients."""
        name = super().get_operation_id()
        return f"{name.removesuffix('_create')}_act" if getattr(self.view, "action", "") == "act" else name
