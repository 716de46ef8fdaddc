"""Who may what, walked against a second table, written down here by hand."""

from __future__ import annotations

import pytest

from einthoven.surveillance.roles import (
    ACTS,
    BOUND,
    PERMISSIONS,
    READS,
    Permission,
    Role,
    permissions_of,
    reaches_all,
)

COLUMNS = [
    "technician",
    "supervisor",
    "physician",
    "office",
    "enrollment",
    "billing",
    "administrator",
    "auditor",
    "service",
]
TABLE = """
watch.hold          x x . . . . . . .
watch.assign        . x . . . . . . .
case.work           x x . . . . . . .
case.assign         . x . . . . . . .
case.overread       . x p . . . . . .
alarm.answer        x x . . . . . . .
telephone.answer    x x . . . . . . .
call                x x . . . . . . .
emergency           x x . . . . . . .
patient.contact     x x . . x . . . .
criteria.propose    x x p p . . . . .
criteria.sign       . . p . . . . . .
ladder.set          . x p p x . . . .
report.prepare      x x p p . . . . .
report.acknowledge  . . p p . . . . .
report.sign         . . p . . . . . .
review              x x p . . . . . .
incident.close      . x . . . . . . .
break_glass         . . p . . . . . .
enroll              . . . . x . . . .
enroll.allow        . x . . . . . . .
service.extend      . x p . x . . . .
service.call        x x . . x . . . .
kit                 . x . . x . . . .
patient.correct     . x . . x . . . .
order               . x p p x . . . .
order.sign          . . p . . . . . .
claim               . . . . . x . . .
staff.change        . . . . . . x . .
credential.change   . x . . . . x . .
place.change        . . . . . . x . .
setting.change      . . . . . . x . .
plan.set            . x . . . . x . .
read.wall           x x . . . . . . .
read.ecg            x x p p . . . . .
read.identity       x x p p x x . x .
read.contacts       x x p p x . . . .
read.case           x x p p . . . x .
read.report         x x p p x x . x .
read.order          . x p p x x . x .
read.correction     . x . . x . . x .
read.claim          . . . . . x . x .
read.center         x x . . . . x x x
read.continuity     . x . . . x . x .
read.staff          . x . . . . x x .
read.places         . x . . . . x x .
read.audit          . . . . . . x x .
read.metrics        . x . . . . x . x
export              . x p p . x . . .
"""
"""x: for every patient; p: for those of the own practice."""
ROWS = [line.split() for line in TABLE.strip().splitlines()]


@pytest.mark.parametrize(("permission", "marks"), [(row[0], row[1:]) for row in ROWS])
def test_the_table(permission: str, marks: list[str]) -> None:
    asked = Permission(permission)
    for name, mark in zip(COLUMNS, marks, strict=True):
        role = Role(name)
        assert (asked in permissions_of([role])) == (mark != "."), name
        assert reaches_all([role], asked) == (mark == "x"), name


def test_no_permission_and_no_role_is_forgotten() -> None:
    assert {row[0] for row in ROWS} == {permission.value for permission in Permission}
    assert set(COLUMNS) == {role.value for role in Role} == {role.value for role in PERMISSIONS}


def test_two_roles_have_what_each_has() -> None:
    both = [Role.PHYSICIAN, Role.TECHNICIAN]
    assert permissions_of(both) == PERMISSIONS[Role.PHYSICIAN] | PERMISSIONS[Role.TECHNICIAN]
    assert reaches_all(both, Permission.READ_ECG)
    assert not reaches_all(both, Permission.CRITERIA_SIGN)
    assert permissions_of([]) == frozenset()


def test_who_keeps_the_people_does_not_see_the_patients() -> None:
    patients = {
        one for one in Permission if one.value in ("read.ecg", "read.identity", "read.contacts", "read.case")
    }
    for role in (Role.ADMINISTRATOR, Role.SERVICE):
        assert not permissions_of([role]) & patients


def test_only_physicians_sign_and_only_they_are_bound_with_their_office() -> None:
    signing = {Permission.CRITERIA_SIGN, Permission.REPORT_SIGN, Permission.ORDER_SIGN}
    assert {role for role in Role if permissions_of([role]) & signing} == {Role.PHYSICIAN}
    assert {Role.PHYSICIAN, Role.OFFICE} == BOUND


def test_an_auditor_and_a_machine_change_nothing() -> None:
    for role in (Role.AUDITOR, Role.SERVICE):
        assert all(one.value.startswith("read.") for one in permissions_of([role]))


COMMANDS = """
watch.accept watch.decline watch.offer watch.withdraw watch.take
case.take case.take_over case.release case.verdict case.undo case.known_af case.overread case.close
alarm.acknowledge alarm.pause_audio alarm.resume_audio alarm.pause alarm.resume
telephone.take telephone.take_over telephone.offer telephone.leave telephone.hang telephone.tie telephone.ask
telephone.strike telephone.played telephone.move telephone.followed telephone.tried telephone.close
telephone.explain telephone.limits
call.start call.incoming call.end notification.close notification.withdraw
emergency.begin emergency.step emergency.place
emergency.physician_beside emergency.end
criteria.propose criteria.drop criteria.sign criteria.template_propose criteria.template_sign
beats.relabel beats.undo beats.redo strip.keep strip.caption strip.drop
report.edit report.prepare report.release report.comment report.return report.sign report.cosign
report.write_addendum report.add report.view report.acknowledge
report.sentence report.drop_sentence report.delegate report.undelegate
order.receive order.edit order.sign order.paper_signature order.return order.refuse order.withdraw
order.note order.assign order.enroll order.place
period.allow period.extend period.telephone period.interrupt period.resume period.end
followup.done followup.move
kit.add kit.return kit.clean kit.lost kit.retire kit.ship
claim.make claim.change claim.check claim.note claim.release claim.take_back claim.void
claim.file claim.sent claim.appeal claim.answered claim.match claim.set_aside
claim.replace claim.cancel claim.carried_out claim.stands
claim.refund_owed claim.refunded claim.refund_dropped
ladder.set legs.set plan.set supervisor.set incident.close patient.contact patient.note
patient.correct patient.correct_confirm patient.correct_drop correction.done correction.reopen
site.add site.change site.close station.register station.change station.retire
staff.join staff.change staff.leave staff.return staff.works_from practice.add practice.rename
credential.add credential.end training.add
break_glass lock unlock sign_out
"""


def test_every_command_of_the_desk_has_its_permission() -> None:
    assert set(ACTS) == set(COMMANDS.split())
    own = {act for act, permission in ACTS.items() if permission is None}
    assert own == {"lock", "unlock", "sign_out"}
    for act, permission in ACTS.items():
        assert permission is None or not permission.value.startswith("read."), act


def test_every_reading_has_its_permission() -> None:
    assert {kind for kind, permission in READS.items() if permission is None} == {"me"}
    assert {Permission(one) for one in READS.values() if one} >= {
        one for one in Permission if one.value.startswith("read.") and one is not Permission.READ_IDENTITY
    }
