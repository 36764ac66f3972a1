"""The write half of InfluxDB 2 (``/api/v2/write`` over influxdb-client's WriteApi), against VictoriaMetrics.

VictoriaMetrics answers no InfluxQL, so what was written is read back over its own export.
"""

from __future__ import annotations

import numpy as np

from storage.readings.influx_client import InfluxClient
from storage.readings.influx_lines import reading_lines
from tests.servers.influx import Victoria
from tests.storage.readings.rows import MINUTE, T0, batch, reading


def test_readings_written_over_the_second_api_arrive_whole(victoria: Victoria) -> None:
    client = InfluxClient(victoria.settings(batch_rows=7))
    rows = batch(
        *(reading("计量,点 1", i, power_kw=i + 0.1, received=7) for i in range(20)),
        reading("m2", 0, energy_import_kwh=123456789.123),
    )
    assert client.version() == "compatible, of unknown version"
    assert client.write(reading_lines(rows)) == {}
    (power,) = victoria.export('{__name__="reading_power_kw"}')
    assert power["metric"]["meter"] == "计量,点 1"  # type: ignore[index]
    order = np.argsort(power["timestamps"])  # type: ignore[arg-type]
    assert np.array(power["timestamps"])[order].tolist() == [T0 + i * MINUTE for i in range(20)]
    assert np.array(power["values"])[order].tolist() == [i + 0.1 for i in range(20)]
    (energy,) = victoria.export('{__name__="reading_energy_import_kwh"}')
    assert energy["values"] == [123456789.123]
    assert {str(s["metric"]["meter"]) for s in victoria.export('{__name__="reading_received_ms"}')} == {  # type: ignore[index]
        "计量,点 1",
        "m2",
    }
    client.close()
