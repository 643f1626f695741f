"""Column types of the suite: amounts, and columns that follow another one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.expressions import Combinable

from suite.masters import uscc

if TYPE_CHECKING:
    CharFieldBase = models.CharField[str | Combinable, str]
    DecimalFieldBase = models.DecimalField
    URLFieldBase = models.URLField[str | Combinable, str]
else:
    # The type arguments exist for the type checker only.
    CharFieldBase, URLFieldBase = models.CharField, models.URLField

    class DecimalFieldBase(models.DecimalField):
        __class_getitem__ = classmethod(lambda cls, _types: cls)


SetType = TypeVar("SetType")
GetType = TypeVar("GetType")


class _SizedDecimalField(DecimalFieldBase[SetType, GetType]):
    """A decimal of a fixed size."""

    size: tuple[int, int]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"], kwargs["decimal_places"] = self.size
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.DecimalField", list(args), dict(kwargs)


class MoneyField(_SizedDecimalField[SetType, GetType]):
    """An amount of money, rounded to the currency's smallest unit."""

    size = (18, 2)


class QuantityField(_SizedDecimalField[SetType, GetType]):
    """A quantity in some unit."""

    size = (18, 6)


class PriceField(_SizedDecimalField[SetType, GetType]):
    """A price of one unit."""

    size = (18, 6)


class PercentField(_SizedDecimalField[SetType, GetType]):
    """A percentage: 13 means 13 %."""

    size = (7, 4)


class ExchangeRateField(_SizedDecimalField[SetType, GetType]):
    """How many units of the base currency one unit of a currency is worth."""

    size = (18, 8)


class DerivedField(CharFieldBase):
    """
    Text computed from other columns of the row whenever the row is written.

    :param source: names of the columns; the first that is not empty counts.
    :param derive: pure function from that text.
    """

    def __init__(
        self, *args: Any, source: tuple[str, ...] = (), derive: Callable[[str], str] = str, **kwargs: Any
    ) -> None:
        self.source, self.derive = source, derive
        kwargs.update(blank=True, default="", editable=False)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        # The rule belongs to the code, not to the history of the table.
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", list(args), dict(kwargs)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        text = next((value for name in self.source if (value := getattr(model_instance, name))), "")
        value = self.derive(text)[: self.max_length]
        setattr(model_instance, self.attname, value)
        return value


class UsccField(CharFieldBase):
    """Unified social credit code 统一社会信用代码 or nothing; nothing invalid is ever written."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.update(max_length=18, blank=True, default="")
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", list(args), dict(kwargs)

    def to_python(self, value: Any) -> Any:
        return uscc.tidy(value) if isinstance(value, str) else value

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super().validate(value, model_instance)
        if value:
            uscc.validate(value)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = uscc.tidy(getattr(model_instance, self.attname))
        if value:
            try:
                uscc.validate(value)
            except ValidationError as error:
                raise ValidationError({self.name: error.messages}) from error
        setattr(model_instance, self.attname, value)
        return value

    def formfield(self, **kwargs: Any) -> Any:
        # People paste it with blanks in between.
        return super().formfield(**{"max_length": 40, **kwargs})


class WebsiteField(URLFieldBase):
    """Address of a web site; typed without a scheme it means https."""

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.URLField", list(args), dict(kwargs)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"assume_scheme": "https", **kwargs})
