"""Down to an enterprise's own system and back, over a real broker."""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from config.settings import MqttSettings
from domain.notices import Answer, DeliveryState, ReplyChannel, ReplyMark
from ingest.downlink import Downlink
from ingest.topics import notice_topic, reply_topic
from response.delivery.mqtt_channel import MqttChannel
from response.delivery.mqtt_replies import MqttReplies
from tests.response.delivery.conftest import E001, E002, OFFICER, Plant, invitation
from tests.servers.mosquitto import Mosquitto

DISTRICT = "gaoxin"


@contextmanager
def enterprise_system(broker: Mosquitto, enterprise: str) -> Iterator[tuple[paho.Client, queue.Queue[bytes]]]:
    heard: queue.Queue[bytes] = queue.Queue()
    ready: queue.Queue[bool] = queue.Queue()
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"ems-{enterprise}")
    client.on_message = lambda _c, _u, message: heard.put(bytes(message.payload))
    client.on_subscribe = lambda *_: ready.put(True)
    client.connect(broker.host, broker.port)
    client.subscribe(notice_topic(DISTRICT, enterprise), 1)
    client.loop_start()
    try:
        ready.get(timeout=10)
        yield client, heard
    finally:
        client.disconnect()
        client.loop_stop()


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def test_an_invitation_and_the_answers_to_it(mosquitto: Mosquitto, plant: Plant) -> None:
    replies = MqttReplies(plant.desk, plant.ledger.audit, plant.metrics)
    settings = MqttSettings(url=mosquitto.url)
    with (
        enterprise_system(mosquitto, E001) as (own, heard),
        Downlink(settings, DISTRICT, replies.receive) as downlink,
    ):
        wait_for(lambda: downlink.connected)
        (sent,) = plant.desk.send(OFFICER, [invitation()])
        assert plant.sender(MqttChannel(downlink, partial(notice_topic, DISTRICT))).drain() == 1
        told = json.loads(heard.get(timeout=10))
        assert (told["notice"], told["kind"], told["reply"]["max_kw"]) == (sent, "dr.invitation", 500.0)
        mqtt = next(d for d in plant.desk.deliveries(OFFICER, "dr:2026-07-21-1") if d.channel == "mqtt")
        assert (mqtt.state, mqtt.proof) == (DeliveryState.SENT, "PUBACK")

        def say(enterprise: str, **payload: object) -> None:
            own.publish(reply_topic(DISTRICT, enterprise), json.dumps(payload).encode(), qos=1)

        say(E001, notice=sent, answer="can", power_kw=320, id="a-1")
        say(E001, notice=sent, answer="can", power_kw=320, id="a-1")
        say(E001, notice=sent, answer="can", power_kw=900)
        say(E002, notice=sent, answer="can", power_kw=100)
        say(E001, notice=sent, answer="perhaps")
        say(E001, notice="unknown", answer="received")
        wait_for(lambda: len(plant.ledger.notices.replies()) == 4)
    found = plant.ledger.notices.replies()
    assert [(r.enterprise_id, r.answer, r.power_kw, r.marks) for r in found] == [
        (E001, Answer.CAN, 320.0, ()),
        (E001, Answer.CAN, 900.0, (ReplyMark.ABOVE_POSSIBLE,)),
        (E002, Answer.CAN, 100.0, (ReplyMark.FOREIGN,)),
        (E001, Answer.RECEIVED, None, (ReplyMark.UNASKED,)),
    ]
    assert {r.channel for r in found} == {ReplyChannel.MQTT}
    # What could not be read is kept with its text.
    refused = plant.ledger.audit.entries(subject="enterprise:E001", actor="mqtt:E001").items
    assert [(e.action, "perhaps" in (e.after or {})["payload"]) for e in refused] == [("notice.reply.refused", True)]


def test_an_answer_waits_at_the_broker_while_we_are_away(mosquitto: Mosquitto, plant: Plant) -> None:
    replies = MqttReplies(plant.desk, plant.ledger.audit, plant.metrics)
    settings = MqttSettings(url=mosquitto.url)
    (sent,) = plant.desk.send(OFFICER, [invitation()])
    with Downlink(settings, DISTRICT, replies.receive) as downlink:
        wait_for(lambda: downlink.connected)
    with enterprise_system(mosquitto, E001) as (own, _):
        payload = json.dumps({"notice": sent, "answer": "cannot", "reason": "连续生产"}).encode()
        own.publish(reply_topic(DISTRICT, E001), payload, qos=1).wait_for_publish(10)
    with Downlink(settings, DISTRICT, replies.receive):
        wait_for(plant.ledger.notices.replies)
    (only,) = plant.desk.replies(OFFICER, "dr:2026-07-21-1")
    assert (only.answer, only.reason) == (Answer.CANNOT, "连续生产")
