"""The worklist of orders in the demo is not empty: a visitor finds an order in each condition."""

from __future__ import annotations

from einthoven.base.deeds import CENTER, Draft
from einthoven.bootstrap.desk import DeskRun
from einthoven.center.enroll_order import local_day
from einthoven.enrollment import order_deeds
from einthoven.enrollment.order_read import parse
from einthoven.enrollment.order_states import Source
from einthoven.sim import orders as play


def put_in_orders(run: DeskRun, practice: int, zone: str) -> None:
    """Take the orders of the demo in, once in the life of a folder.

    Args:
        practice: of the demo, whose physician signs one of them.
        zone: time zone of the center.
    """
    now = run.room.clock.wall()
    book = run.room.desk.books.orders
    for one in play.written(local_day(now, zone)):

        def come(one: play.Written = one) -> list[Draft]:
            if book.of_placer(play.SENDER, one.placer) is not None:
                return []
            order, faults = parse(one.fields, now)
            came = order_deeds.Came(Source.FHIR, play.SENDER, one.placer, practice, one.fields)
            return order_deeds.receive(book, order, faults, came)

        run.decide(come, CENTER, now)
