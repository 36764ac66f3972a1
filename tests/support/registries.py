"""Registries as they could be: any text a person can see, figures a spreadsheet keeps."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

from domain.credit_code import ALPHABET, check_character
from domain.ids import AccountId, EnterpriseId, GatewayId, MeterId
from domain.registry import (
    Account,
    Contact,
    DataClass,
    Enterprise,
    Meter,
    MeterRole,
    ProtectedClass,
    Registry,
    RestrictedClass,
    Stamp,
)
from domain.registry_checks import RegistryChange

days = st.dates(date(1970, 1, 1), date(2100, 12, 31))
# Any text a person can see, and what spreadsheets like to change.
texts = st.one_of(
    st.sampled_from(
        ["", "=1+1", "+86", "-", "/", "@x", "007", "1E5", "8-10", "是", "_x000D_", "'quoted", "a\nb", "TRUE"]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=0x9FFF, exclude_categories=("C", "Z")), max_size=8),
)
# Excel keeps 15 digits.
figures = st.none() | st.integers(0, 10**9).map(lambda n: n / 1000)
positive = st.integers(1, 10**9).map(lambda n: n / 1000)
phones = st.from_regex(r"(1[0-9]{10}|0[0-9]{3}-[0-9]{8})", fullmatch=True)


@st.composite
def credit_codes(draw: st.DrawFn) -> str:
    first17 = draw(st.text(ALPHABET, min_size=17, max_size=17))
    return first17 + check_character(first17)


@st.composite
def registries(draw: st.DrawFn) -> Registry:
    starts = sorted(draw(st.sets(days, min_size=1, max_size=3)))
    enterprise_ids = [EnterpriseId(f"E{n}") for n in range(draw(st.integers(1, 3)))]
    account_ids = [AccountId(f"033{n:07d}") for n in range(draw(st.integers(0, 3)))]
    enterprises = [enterprise_version(draw, ident, day) for ident in enterprise_ids for day in starts]
    accounts = [
        Account(
            *(ident, day, draw(st.sampled_from(enterprise_ids)), draw(texts), draw(texts)),
            *(draw(st.none() | positive), draw(figures), draw(figures), draw(figures)),
            closed=draw(st.booleans()),
        )
        for ident in account_ids
        for day in starts
    ]
    meters = [_meter(draw, n, day, account_ids) for n in range(3) for day in starts]
    return Registry(enterprises=tuple(enterprises), accounts=tuple(accounts), meters=tuple(meters))


def enterprise_version(draw: st.DrawFn, ident: EnterpriseId, day: date) -> Enterprise:
    figure_names = [name for name in Enterprise.__dataclass_fields__ if name.endswith("_kw")]
    text_names = ("street", "sector", "shifts", "rest_day", "plan_level", "measure", "measure_hours")
    flag_names = ("two_high", "limit_exceeded", "dr_contract", "remote_controllable", "closed")
    contacts = draw(st.lists(st.builds(Contact, texts.filter(lambda t: t and t.isprintable()), phones), max_size=3))
    columns: dict[str, Any] = {
        **{name: draw(figures) for name in figure_names},
        **{name: draw(texts) for name in text_names},
        **{name: draw(st.booleans()) for name in flag_names},
    }
    return Enterprise(
        ident,
        day,
        draw(texts.filter(bool)),
        credit_code=draw(st.just("") | credit_codes()),
        protected_class=draw(st.sampled_from(ProtectedClass)),
        restricted_class=draw(st.sampled_from(RestrictedClass)),
        responsibility_letter=draw(texts),
        contacts=tuple(contacts),
        **columns,
    )


def _meter(draw: st.DrawFn, number: int, day: date, accounts: list[AccountId]) -> Meter:
    roles = st.sampled_from(MeterRole) if accounts else st.just(MeterRole.BOUNDARY)
    role = draw(roles)
    return Meter(
        MeterId(f"{number:04d}"),
        day,
        None if role is MeterRole.BOUNDARY else draw(st.sampled_from(accounts)),
        role=role,
        data_class=draw(st.sampled_from(DataClass)),
        interval_s=draw(st.sampled_from([1, 60, 300, 900, 86_400])),
        stamp=draw(st.sampled_from(Stamp)),
        multiplier=draw(positive),
        primary_values=draw(st.booleans()),
        register_modulus_kwh=draw(positive),
        gateway=draw(st.none() | st.sampled_from([GatewayId("G1"), GatewayId("0002")])),
        in_service=draw(st.booleans()),
    )


def sound(registry: Registry) -> bool:
    return not RegistryChange(registry.enterprises, registry.accounts, registry.meters).find_mistakes(Registry())
