"""Which codec reads a topic: the native one, or a mapping of the settings."""

from __future__ import annotations

from collections.abc import Sequence

from config.mappings import Mapping, load_mappings
from config.settings import DistrictSettings, Settings
from ingest.codecs import native
from ingest.codecs.columns import Decoded
from ingest.codecs.mapped import MappedCodec
from ingest.topics import base


class Codecs:
    """The same answer for the same message, whoever asks: every reader of the journal has one of these."""

    def __init__(self, district: DistrictSettings, mappings: Sequence[Mapping] = (), *, max_bytes: int) -> None:
        self._district = district.id
        self._native = base(district.id) + "/"
        self._max_bytes = max_bytes
        self.mapped = MappedCodec(mappings, district.timezone) if mappings else None
        self.filters = tuple(dict.fromkeys(f for mapping in mappings for f in mapping.table.filters))

    @classmethod
    def of(cls, settings: Settings, district: DistrictSettings | None = None) -> Codecs:
        """Raises Invalid with every mistake of the mapping files."""
        mappings = load_mappings(settings.mqtt.mappings)
        return cls(district or settings.district, mappings, max_bytes=settings.mqtt.max_payload_bytes)

    def is_mapped(self, topic: str) -> bool:
        return self.mapped is not None and not topic.startswith(self._native) and bool(self.mapped.fitting(topic))

    def decode(self, topic: str, payload: bytes, received_ms: int) -> Decoded:
        """Readings of one message, or DecodeError; a topic of nobody is refused as the native codec does."""
        if self.mapped is not None and not topic.startswith(self._native) and self.mapped.fitting(topic):
            return self.mapped.decode(topic, payload, received_ms, max_bytes=self._max_bytes, replies=False)
        return native.decode(topic, payload, received_ms, district=self._district, max_bytes=self._max_bytes)
