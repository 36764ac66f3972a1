"""The journal: durable once appended, whole after a crash, bounded, and never short of a record."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import Unavailable
from ingest.frames import encode
from ingest.journal import Journal, JournalFull, JournalRecord
from ingest.segments import Segment
from tests.ingest.plant import eventually

ROOT = Path(__file__).parents[2]
_RECORD = st.builds(JournalRecord, st.integers(-(2**62), 2**62), st.text(max_size=40), st.binary(max_size=300))
_RECORDS = st.lists(_RECORD, max_size=30)


def fast_folder(factory: pytest.TempPathFactory) -> Path:
    """Many small journals in memory, where the system has such a place: an fsync each would take the test's time."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(dir=memory)) if os.access(memory, os.W_OK) else factory.mktemp("journal")


def record(number: int, size: int = 20) -> JournalRecord:
    return JournalRecord(1_000 * number, f"t/{number}", str(number).encode().ljust(size))


def read_all(journal: Journal, name: str = "r") -> list[JournalRecord]:
    return [found for _, found in journal.reader(name).read(1_000_000, 0.0)]


def test_what_was_appended_is_read_in_order_also_after_reopening(tmp_path: Path) -> None:
    records = [record(n) for n in range(100)]
    with Journal(tmp_path, segment_bytes=500) as journal:
        for start in range(0, 100, 10):
            journal.append(records[start : start + 10])
        assert read_all(journal) == records
    with Journal(tmp_path, segment_bytes=500) as journal:
        assert read_all(journal) == records
        journal.append([record(100)])
        assert read_all(journal) == [record(100)]


def test_a_reader_goes_on_where_it_committed(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.append([record(n) for n in range(10)])
        found = journal.reader("r").read(6, 0.0)
        journal.reader("r").commit(found[3][0])
        assert journal.reader("r").lag_records == 6
    with Journal(tmp_path) as journal:
        assert read_all(journal) == [record(n) for n in range(4, 10)]
        assert journal.reader("late", start="end").lag_records == 0
        assert read_all(journal, "early") == [record(n) for n in range(10)]


def test_rewinding_reads_again_from_the_committed_place(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.append([record(n) for n in range(3)])
        assert read_all(journal) == read_all_again(journal)


def read_all_again(journal: Journal) -> list[JournalRecord]:
    journal.reader("r").rewind()
    return read_all(journal)


@settings(max_examples=40, deadline=None)
@given(first=_RECORDS, last=_RECORDS, data=st.data())
def test_a_torn_tail_is_cut_and_nothing_before_it(
    tmp_path_factory: pytest.TempPathFactory, first: list[JournalRecord], last: list[JournalRecord], data: st.DataObject
) -> None:
    path = fast_folder(tmp_path_factory)
    with Journal(path) as journal:
        end = journal.append(first)
    torn = encode(last, *end)
    cut = data.draw(st.integers(0, len(torn)))
    with Segment.all(path)[-1].path.open("ab") as file:
        file.write(torn[:cut])
    with Journal(path) as journal:
        kept = read_all(journal)
        assert kept[: len(first)] == first
        assert kept[len(first) :] == last[: len(kept) - len(first)]
        journal.append([record(7)])
        assert read_all(journal) == [record(7)]
    shutil.rmtree(path)


def test_a_segment_goes_when_the_slowest_reader_has_passed_it(tmp_path: Path) -> None:
    with Journal(tmp_path, segment_bytes=200) as journal:
        fast, slow = journal.reader("fast"), journal.reader("slow")
        for number in range(20):
            journal.append([record(number, 100)])
        before = len(Segment.all(tmp_path))
        fast.commit(fast.read(100, 0.0)[-1][0])
        assert len(Segment.all(tmp_path)) == before
        slow.commit(slow.read(100, 0.0)[-1][0])
        assert len(Segment.all(tmp_path)) == 1


def test_a_reader_that_is_not_open_still_keeps_its_segments_until_it_is_forgotten(tmp_path: Path) -> None:
    with Journal(tmp_path, segment_bytes=200) as journal:
        journal.reader("engine")
    with Journal(tmp_path, segment_bytes=200) as journal:
        writer = journal.reader("writer")
        for number in range(10):
            journal.append([record(number, 100)])
        writer.commit(writer.read(100, 0.0)[-1][0])
        assert len(Segment.all(tmp_path)) > 1
        journal.forget_reader("engine")
        assert len(Segment.all(tmp_path)) == 1


def test_a_full_journal_refuses_names_the_reader_and_takes_again_after_reading(tmp_path: Path) -> None:
    with Journal(tmp_path, segment_bytes=10_000, max_bytes=2_000, alarm_share=0.5) as journal:
        reader = journal.reader("store")
        taken = 0
        while not journal.stats().bytes + len(encode([record(taken, 100)], 0, 0)) > 2_000:
            journal.append([record(taken, 100)])
            taken += 1
        with pytest.raises(JournalFull, match="store"):
            journal.append([record(taken, 100)])
        assert journal.stats().alarm
        found = reader.read(1_000, 0.0)
        assert [r for _, r in found] == [record(n, 100) for n in range(taken)]
        reader.commit(found[-1][0])
        # All of it lies in one open segment, which is closed to make room.
        journal.append([record(taken, 100)])
        assert not journal.stats().alarm
        assert [r for _, r in reader.read(10, 0.0)] == [record(taken, 100)]


def test_two_processes_cannot_share_a_journal(tmp_path: Path) -> None:
    with Journal(tmp_path), pytest.raises(Unavailable, match="in use"):
        Journal(tmp_path)
    with Journal(tmp_path):
        pass


def test_a_directory_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match=r"journal\.path"):
        Journal(tmp_path / "file" / "journal")


@settings(max_examples=150, deadline=None)
@given(
    data=st.data(), records=st.lists(_RECORD, min_size=1, max_size=12), segment_bytes=st.sampled_from((1, 150, 10_000))
)
def test_damage_at_any_byte_costs_the_records_it_touches_and_no_other(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, records: list[JournalRecord], segment_bytes: int
) -> None:
    path = fast_folder(tmp_path_factory)
    with Journal(path, segment_bytes=segment_bytes) as journal:
        ends = [journal.append([each]) for each in records]
    *_, last = segments = Segment.all(path)
    segment = data.draw(st.sampled_from(segments))
    content = segment.path.read_bytes()
    at = data.draw(st.integers(0, max(0, len(content) - 1)))
    kind = data.draw(st.sampled_from(("flipped", "truncated", "zeroed", "noise")))
    noise = data.draw(st.binary(min_size=1, max_size=40))
    changed = {
        "flipped": content[:at] + bytes(b ^ 0x20 for b in content[at : at + 1]) + content[at + 1 :],
        "truncated": content[:at],
        "zeroed": content[:at] + bytes(len(content) - at),
        "noise": (content[:at] + noise + content[at + len(noise) :])[: len(content)],
    }[kind]
    segment.path.write_bytes(changed)
    expected = list(records)
    start = 0
    for number, end in enumerate(ends):
        inside = segment.base.offset <= start < segment.base.offset + max(1, len(content))
        low, high = start - segment.base.offset, end.offset - segment.base.offset
        if inside and changed[low:high] != content[low:high]:
            expected[number] = None  # type: ignore[call-overload]
        start = end.offset
    with Journal(path) as journal:
        found = read_all(journal)
        assert found == [each for each in expected if each is not None]
        lost = expected.count(None)  # type: ignore[arg-type]
        damages = journal.damages()
        if segment != last:
            assert sum(d.records for d in damages) == lost
        else:
            # Behind the last whole record nothing tells how many there were, and a cut between two leaves no trace.
            assert sum(d.records for d in damages) <= lost
            assert damages or not lost or (kind == "truncated" and found == records[: len(found)])
        for damage in damages:
            low, high = damage.start - segment.base.offset, damage.end - segment.base.offset
            assert journal.kept_bytes(damage) == changed[low:high]
        # It goes on behind the damage.
        journal.append([record(7)])
        assert read_all(journal) == [record(7)]
    shutil.rmtree(path)


def test_a_payload_that_holds_a_whole_frame_is_never_taken_for_one(tmp_path: Path) -> None:
    inner = encode([JournalRecord(1, "forged", b"forged")], 0, 0)
    with Journal(tmp_path) as journal:
        journal.append([JournalRecord(1, "t", b"x" * 10 + inner), record(2)])
    segment = Segment.all(tmp_path)[0]
    content = bytearray(segment.path.read_bytes())
    content[0] ^= 0xFF
    segment.path.write_bytes(content)
    with Journal(tmp_path) as journal:
        assert read_all(journal) == [record(2)]


def test_damage_is_told_once_whatever_the_number_of_readers(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Journal(tmp_path) as journal:
        journal.append([record(n, 100) for n in range(10)])
    segment = Segment.all(tmp_path)[0]
    content = bytearray(segment.path.read_bytes())
    content[300] ^= 0xFF
    segment.path.write_bytes(content)
    with Journal(tmp_path) as journal:
        assert read_all(journal, "a") == read_all(journal, "b")
        (damage,) = journal.damages()
        assert damage.records == 1
        assert journal.kept(damage).exists()
    assert caplog.text.count("damaged") == caplog.text.count("is damaged") + caplog.text.count("/damaged") == 2


def test_a_reader_beyond_a_lost_end_begins_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Journal(tmp_path) as journal:
        ends = [journal.append([record(n)]) for n in range(10)]
        reader = journal.reader("away")
        reader.read(10, 0.0)
        reader.commit(ends[-1])
    segment = Segment.all(tmp_path)[0]
    segment.path.write_bytes(segment.path.read_bytes()[: ends[4].offset])
    with Journal(tmp_path) as journal:
        # The reader is not opened in this run, in which the journal grows beyond its place.
        journal.append([record(n, 60) for n in range(10)])
    assert "away" in caplog.text
    with Journal(tmp_path) as journal:
        assert read_all(journal, "away") == [record(n) for n in range(5)] + [record(n, 60) for n in range(10)]


def test_files_that_are_not_the_journals_are_let_alone(tmp_path: Path) -> None:
    tmp_path.joinpath("copy of old.seg").write_text("?")
    with Journal(tmp_path) as journal:
        journal.append([record(1)])
        assert read_all(journal) == [record(1)]


def test_a_position_file_that_cannot_be_read_means_reading_again(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.append([record(1)])
        reader = journal.reader("r")
        reader.commit(reader.read(1, 0.0)[0][0])
    (tmp_path / "readers" / "r.json").write_bytes(b"")
    with Journal(tmp_path) as journal:
        assert read_all(journal) == [record(1)]


def test_the_age_of_the_oldest_record_is_told(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        reader = journal.reader("r")
        assert reader.oldest_age_s(5_000) == 0.0
        journal.append([record(1), record(3)])
        assert reader.oldest_age_s(5_000) == 4.0
        reader.commit(reader.read(1, 0.0)[0][0])
        assert reader.oldest_age_s(5_000) == 2.0
        assert reader.lag_bytes == journal.stats().lag_bytes["r"] > 0


def test_readers_follow_a_writer_in_another_thread(tmp_path: Path) -> None:
    with Journal(tmp_path, segment_bytes=2_000) as journal:
        found: dict[str, list[JournalRecord]] = {"a": [], "b": []}

        def follow(name: str) -> None:
            reader = journal.reader(name)
            while len(found[name]) < 500:
                for position, got in reader.read(37, 0.2):
                    found[name].append(got)
                    reader.commit(position)

        threads = [threading.Thread(target=follow, args=(name,)) for name in found]
        for thread in threads:
            thread.start()
        eventually(lambda: len(journal.stats().lag_records) == 2, "both registered")
        for number in range(500):
            journal.append([record(number)])
        for thread in threads:
            thread.join(20)
    assert found == {name: [record(n) for n in range(500)] for name in found}


APPENDER = """
import sys
from pathlib import Path
from tests.ingest.test_journal import Journal, record
with Journal(Path(sys.argv[1]), segment_bytes=5_000) as journal:
    number = 0
    while True:
        journal.append([record(number + i) for i in range(5)])
        number += 5
        print(number, flush=True)
"""


def test_what_was_appended_before_a_kill_is_there_after_it(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", APPENDER, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT)
    assert child.stdout is not None
    for _ in range(40):
        promised = int(child.stdout.readline())
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    promised = max([promised, *(int(line) for line in child.stdout.read().split(b"\n")[:-1])])
    child.stdout.close()
    with Journal(tmp_path) as journal:
        found = read_all(journal)
    assert len(found) >= promised
    assert found == [record(n) for n in range(len(found))]


FULL_DISK = """
import resource, sys
from pathlib import Path
from domain.errors import Unavailable
from tests.ingest.test_journal import Journal, read_all, record
with Journal(Path(sys.argv[1])) as journal:
    journal.append([record(0)])
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, resource.RLIM_INFINITY))
    try:
        journal.append([record(n, 200) for n in range(1, 10)])
    except Unavailable as error:
        print(error)
    assert read_all(journal) == [record(0)]
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    journal.append([record(n, 200) for n in range(1, 10)])
    assert read_all(journal) == [record(n, 200) for n in range(1, 10)]
"""


def test_a_disk_that_takes_no_more_is_explained_and_the_same_records_go_in_later(tmp_path: Path) -> None:
    # A limit on the file's size is refused by the kernel in the midst of a write, as a full disk is.
    done = subprocess.run([sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert "free space" in done.stdout
