"""Handing counts in, and posting what they found into the stock ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from erp.counting.choices import CountStatus
from erp.counting.judging import ZERO, judge_lines
from erp.counting.models import CountLine, CountSheet
from erp.counting.services import let_go
from erp.inventory.choices import MoveKind, StockStatus
from erp.inventory.freeing import Freed, free_stock, tell_who_lost
from erp.inventory.ledger import Posting, lock_places, post
from erp.inventory.models import StockMove, StockQuant, ValuationEntry
from erp.inventory.services import announce
from erp.masterdata.choices import LocationKind
from erp.masterdata.services import common_location
from suite.access.models import User
from suite.core.errors import DomainError
from suite.core.text import listed
from suite.documents.approval import needs_approval

CLEARED = {
    "recount_quantity": None,
    "recount_book_quantity": None,
    "recounted_at": None,
    "recounted_by": None,
    "recount_request": None,
}


class RecountNeeded(DomainError):
    """Lines beyond the tolerance were not counted again."""

    code = "recount-needed"


class CostUnknown(DomainError):
    """Nothing says what was found costs."""

    code = "cost-unknown"


class CountShortage(DomainError):
    """What the count misses left the stock already, or somebody has it in hand."""

    code = "count-shortage"


class PieceElsewhere(DomainError):
    """A piece with a serial number was found, and is somewhere else by the books."""

    code = "piece-elsewhere"


@transaction.atomic
def submit_count(*, countsheet: CountSheet, actor: User, at: datetime) -> CountSheet:
    """
    Hand a count in; it is posted at once when nobody else has to decide.

    :raises WrongState: unless it is at the recount.
    :raises RecountNeeded: when lines beyond the tolerance were not counted again.
    :raises CostUnknown: when something was found that has no cost.
    """
    sheet = CountSheet.objects.lock(countsheet)
    sheet.become(CountStatus.APPROVING, actor=actor, at=at)
    waiting = list(sheet.lines.filter(needs_recount=True, recounted_at__isnull=True).select_related("item"))
    if waiting:
        raise RecountNeeded(_("Have these lines counted again first: %(lines)s.") % {"lines": listed(waiting)})
    _refuse_without_cost(judge_lines(sheet))
    return sheet if needs_approval(sheet, actor=actor, at=at) else _post(sheet, actor, at)


@transaction.atomic
def approve_count(*, countsheet: CountSheet, actor: User, at: datetime) -> CountSheet:
    """
    Accept a count: its differences are posted into the stock now, whatever moved since it was counted.

    Stock that is missing but was reserved is taken from the newest reservations; their orders are served again.

    :raises WrongState: unless it waits for approval.
    :raises CountShortage: when more is missing than is there any more.
    :raises CostUnknown: when something was found that has no cost.
    :raises PieceElsewhere: when a found piece is somewhere else by the books.
    """
    return _post(CountSheet.objects.lock(countsheet), actor, at)


@transaction.atomic
def reject_count(*, countsheet: CountSheet, reason: str, actor: User, at: datetime) -> CountSheet:
    """
    Send a count back: what is beyond the tolerance is counted once more.

    :raises WrongState: unless it waits for approval.
    """
    sheet = CountSheet.objects.lock(countsheet)
    sheet.become(CountStatus.REVIEWING, actor=actor, at=at, reason=reason)
    sheet.lines.filter(is_beyond=True).update(needs_recount=True, **CLEARED)
    return sheet


def _post(sheet: CountSheet, actor: User, at: datetime) -> CountSheet:
    sheet.become(CountStatus.POSTED, actor=actor, at=at)
    # Costs are those of now; so is the value of what the tolerance let pass.
    lines = judge_lines(sheet)
    _refuse_without_cost(lines)
    missing = [line for line in lines if line.difference is not None and line.difference < 0]
    found = [line for line in lines if line.difference is not None and line.difference > 0]
    freed = _free(missing)
    # What is missing first: a piece may have been found at another place of the same sheet.
    moves = post(_postings(sheet, missing), company=sheet.company, actor=actor, at=at)
    _refuse_pieces_elsewhere(found)
    moves += post(_postings(sheet, found), company=sheet.company, actor=actor, at=at)
    _keep_moves([*missing, *found], moves)
    CountSheet.objects.filter(pk=sheet.pk).update(posted_on=timezone.localdate(at))
    sheet.posted_on = timezone.localdate(at)
    let_go(sheet)
    tell_who_lost(freed, company=sheet.company, actor=actor, at=at)
    announce(moves)
    return sheet


def _free(lines: Sequence[CountLine]) -> Freed:
    """Make sure that what is missing is there to be taken, newest reservations giving way."""
    quants = lock_places(line.place for line in lines)
    by_quant = {quants[line.place].pk: line for line in lines if line.place in quants}
    freed = free_stock({pk: -(line.difference or ZERO) for pk, line in by_quant.items()})
    short = [by_quant[pk] for pk in freed.missing] + [line for line in lines if line.place not in quants]
    if short:
        raise CountShortage(
            _(
                "These lines miss more than is there any more, or somebody has it in hand this moment: %(lines)s. "
                "Try again, or send the sheet back and count them again."
            )
            % {"lines": listed(sorted(short, key=lambda line: line.position))}
        )
    return freed


def _refuse_without_cost(lines: Sequence[CountLine]) -> None:
    unknown = [line for line in lines if line.difference and line.difference > 0 and line.difference_value is None]
    if unknown:
        raise CostUnknown(
            _("Enter what one unit costs of what was found: %(lines)s. None of it is in stock.")
            % {"lines": listed(unknown)}
        )


def _refuse_pieces_elsewhere(lines: Sequence[CountLine]) -> None:
    pieces = [line.lot_id for line in lines if line.lot is not None and line.lot.is_serial]
    lying = StockQuant.objects.filter(lot__in=pieces, on_hand__gt=0).select_related("lot", "location")
    elsewhere = [f"{quant.lot} ({quant.location})" for quant in lying] if pieces else []
    if elsewhere:
        raise PieceElsewhere(
            _("By the books these pieces are somewhere else: %(pieces)s. Move them from there instead.")
            % {"pieces": listed(elsewhere)}
        )


def _postings(sheet: CountSheet, lines: Sequence[CountLine]) -> list[Posting]:
    """Return the move of each line: to the losses what is missing, from the gains what was found."""
    beyond = common_location(sheet.company, LocationKind.LOSS)
    postings = []
    for line in lines:
        difference = line.difference or ZERO
        is_found = difference > 0
        status = StockStatus(line.stock_status)
        postings.append(
            Posting(
                key=f"{sheet.key_prefix}{line.pk}",
                kind=MoveKind.COUNT,
                item_id=line.item_id,
                quantity=abs(difference),
                source=beyond if is_found else line.location,
                target=line.location if is_found else beyond,
                lot_id=line.lot_id,
                from_status=StockStatus.GOOD if is_found else status,
                to_status=status if is_found else StockStatus.GOOD,
                amount=line.difference_value if is_found else None,
                document=sheet,
                line_id=line.pk,
            )
        )
    return postings


def _keep_moves(lines: Sequence[CountLine], moves: Sequence[StockMove]) -> None:
    """Let each line know its move, and what it came to in the books."""
    by_line = {move.line_id: move for move in moves}
    entries = ValuationEntry.objects.filter(move__in=moves).order_by().values_list("move").annotate(Sum("amount"))
    values: dict[int, Decimal] = dict(entries)
    for line in lines:
        line.move = by_line[line.pk]
        line.difference_value = values[line.move.pk]
    CountLine.objects.bulk_update(lines, ["move", "difference_value"], batch_size=1000)
