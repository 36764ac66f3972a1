"""Who may see and acknowledge what, with the audit entry."""

from __future__ import annotations

import pytest

from domain.alerts import Alert, AlertState
from domain.errors import Conflict, Forbidden, Invalid, NotFound
from domain.ids import EnterpriseId
from domain.people import Principal, Role
from domain.scopes import DISTRICT, enterprise_scope
from response.alert_desk import AlertDesk
from tests.response.desk import PLANT, Desk

OFFICER = Principal("wang", Role.OFFICER)
VIEWER = Principal("kan", Role.VIEWER)
OWNER = Principal("e01", Role.ENTERPRISE, EnterpriseId("E01"))
STRANGER = Principal("e02", Role.ENTERPRISE, EnterpriseId("E02"))


@pytest.fixture(params=["same process", "other process"])
def alerts(request: pytest.FixtureRequest, desk: Desk) -> AlertDesk:
    """The desk beside the engine, and the desk of an API process that has only the ledger."""
    return AlertDesk(
        alerts=desk.ledger.alerts,
        audit=desk.ledger.audit,
        clock=desk.clock,
        bus=desk.bus,
        engine=desk.engine if request.param == "same process" else None,
    )


@pytest.fixture
def fired(desk: Desk) -> dict[str, Alert]:
    """One alert of the district and one of the plant."""
    desk.quota(25_000)
    desk.draw(25_500)
    desk.draw(1_560, PLANT)
    desk.after(8)
    return {str(a.scope): a for a in desk.active()}


def test_an_enterprise_sees_only_its_own(alerts: AlertDesk, fired: dict[str, Alert]) -> None:
    assert {a.scope for a in alerts.list(OFFICER).items} == {DISTRICT, PLANT}
    assert {a.scope for a in alerts.list(OWNER).items} == {PLANT}
    assert alerts.list(STRANGER).items == ()
    with pytest.raises(Forbidden):
        alerts.list(OWNER, scope=DISTRICT)
    with pytest.raises(Forbidden):
        alerts.list(OWNER, scope=enterprise_scope("E02"))
    assert alerts.get(OWNER, fired[str(PLANT)].id) == fired[str(PLANT)]
    with pytest.raises(NotFound):
        alerts.get(STRANGER, fired[str(PLANT)].id)
    with pytest.raises(NotFound):
        alerts.get(OWNER, fired["district"].id)


def test_acknowledge_has_an_actor_a_note_and_an_audit_entry(
    alerts: AlertDesk, desk: Desk, fired: dict[str, Alert]
) -> None:
    alert = fired["district"]
    seen = alerts.acknowledge(OFFICER, alert.id, " 已电话通知 ")
    assert (seen.state, seen.acknowledged_by, seen.note) == (AlertState.ACKNOWLEDGED, "wang", "已电话通知")
    assert seen.acknowledged_at == desk.clock.now()
    assert alerts.get(VIEWER, alert.id) == seen
    [entry] = desk.ledger.audit.entries(subject=f"alert:{alert.id}").items
    assert (entry.actor, entry.action) == ("wang", "alert.acknowledge")
    assert entry.before == {"acknowledged_by": None, "note": ""}
    assert entry.after == {"acknowledged_by": "wang", "note": "已电话通知"}
    assert desk.seen[-1] == seen


def test_the_engine_goes_on_from_the_acknowledgement(alerts: AlertDesk, desk: Desk, fired: dict[str, Alert]) -> None:
    seen = alerts.acknowledge(OFFICER, fired["district"].id)
    desk.draw(22_000)
    falling = [a for a in desk.after(40) if a.scope == DISTRICT]
    assert [a.state for a in falling][-2:] == [AlertState.CLEARING, AlertState.RESOLVED]
    assert falling[-1].acknowledged_by == "wang"
    assert falling[-1].id == seen.id


def test_an_acknowledgement_can_be_taken_back(alerts: AlertDesk, desk: Desk, fired: dict[str, Alert]) -> None:
    alert = fired["district"]
    with pytest.raises(Conflict, match="not acknowledged"):
        alerts.unacknowledge(OFFICER, alert.id)
    alerts.acknowledge(OFFICER, alert.id)
    desk.after(1)
    back = alerts.unacknowledge(OFFICER, alert.id)
    assert (back.state, back.acknowledged_by, back.acknowledged_at) == (AlertState.FIRING, None, None)
    desk.after(1)
    assert alerts.get(OFFICER, alert.id).state is AlertState.FIRING
    actions = [e.action for e in desk.ledger.audit.entries(subject=f"alert:{alert.id}").items]
    assert sorted(actions) == ["alert.acknowledge", "alert.unacknowledge"]


@pytest.mark.parametrize("principal", [VIEWER, OWNER])
def test_looking_is_not_acknowledging(alerts: AlertDesk, fired: dict[str, Alert], principal: Principal) -> None:
    with pytest.raises(Forbidden):
        alerts.acknowledge(principal, fired[str(PLANT)].id)


def test_what_cannot_be_acknowledged(alerts: AlertDesk, desk: Desk, fired: dict[str, Alert]) -> None:
    with pytest.raises(NotFound):
        alerts.acknowledge(OFFICER, "nothing")
    with pytest.raises(Invalid, match="500"):
        alerts.acknowledge(OFFICER, fired["district"].id, "x" * 501)
    desk.draw(20_000)
    desk.after(40)
    with pytest.raises(Conflict, match="resolved"):
        alerts.acknowledge(OFFICER, fired["district"].id)


def test_rules_that_cannot_speak_are_listed_by_scope(alerts: AlertDesk, desk: Desk, fired: dict[str, Alert]) -> None:
    own = alerts.rules(OWNER)
    assert all(s.scope == PLANT for s in own)
    assert alerts.rules(STRANGER) == ()
