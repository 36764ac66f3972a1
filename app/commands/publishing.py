"""What the commands that publish over MQTT share."""

from __future__ import annotations

from typing import Annotated

import typer

from config.settings import MqttSettings, Settings
from domain.errors import Invalid

Speed = Annotated[float, typer.Option(min=0.1, max=100_000, help="District seconds per real second. 倍速")]


def broker_of(settings: Settings) -> MqttSettings:
    if settings.mqtt.url == "embedded":
        raise Invalid("mqtt.url is embedded: name a broker that a server listens to, as in mqtt://127.0.0.1:1883")
    return settings.mqtt
