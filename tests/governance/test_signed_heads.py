"""Heads that were published tell of everything that a store's owner could do to its chain."""

import base64
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest

from governance.audit import GENESIS, Head, follow
from governance.decisions import Decision
from governance.exchange import read_seals, record_batches, write_batch
from governance.exchange.batch import MANIFEST, SEAL, ManifestInputs
from governance.exchange.batch_events import BATCH_EXPORTED, find_batch_faults
from governance.signed_heads import KeyFileError, Witness, read_public_keys
from governance.signed_heads.heads import SignedHead
from governance.store import AUTOMATION_SET, DECISION_RECORDED, open_store

INPUTS = ManifestInputs(plan_hash="plan", input_hash="input", policy_hash="policy")
EIGHT = datetime.fromisoformat("2026-03-03T08:00:00")
NINE = datetime.fromisoformat("2026-03-03T09:00:00")


class Shop:
    """A store, its exports, its key and the place of its heads, in folders of their own."""

    def __init__(self, root):
        self.root = root
        self.database = root / "governance" / "decisions.sqlite"
        self.exports = root / "exports"
        self.key = root / "keys" / "audit.pem"
        self.place = root / "elsewhere"
        self.store = None
        self.open()

    def open(self):
        if self.store:
            self.store.close()
        self.store = open_store(f"sqlite:///{self.database}")
        self.witness = Witness(self.store, self.key, self.place, makes_place=True)

    def decide(self, number, at=EIGHT):
        facts = {"decision_id": f"d{number}", "action_id": "a" * 24, "decision": "approve"}
        said = {"author": "ann", "role": "planner", "reason": "checked", "decided_at": at}
        self.store.record_decisions([Decision.model_validate({**facts, **said})], at=at)
        assert self.witness.publish(at) == ""

    def export(self, lines, at=EIGHT):
        write_batch(lines, INPUTS, self.exports, lambda manifest: self.witness.seal(manifest, at))
        record_batches(self.exports, self.store, at)
        assert self.witness.publish(at) == ""

    def faults(self, *public_keys):
        found = list(self.witness.inspect(read_seals(self.exports), public_keys).faults)
        return found + self.store.verify_chain() + find_batch_faults(self.exports, self.store)

    def rewrite(self, edit):
        """Write the chain anew, whole in itself, as `edit` changes its events, and its head."""
        connection = sqlite3.connect(self.database)
        events = connection.execute("SELECT kind, at, payload FROM audit_events ORDER BY sequence")
        head, rows = Head(0, GENESIS), []
        for kind, at, payload in edit(events.fetchall()):
            link = follow(head, kind, json.loads(payload), datetime.fromisoformat(at))
            assert link.payload == payload
            head = Head(link.sequence, link.hash)
            rows.append((link.sequence, link.at, link.kind, link.payload, link.hash))
        with connection:
            connection.execute("DELETE FROM audit_events")
            connection.executemany("INSERT INTO audit_events VALUES (?, ?, ?, ?, ?)", rows)
            text = json.dumps({"hash": head.hash, "sequence": head.sequence}, separators=(",", ":"))
            connection.execute("UPDATE settings SET value = ? WHERE name = 'audit_head'", (text,))
        connection.close()
        self.open()

    def run(self, *statements):
        connection = sqlite3.connect(self.database)
        with connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()


@pytest.fixture
def shop(tmp_path, export_lines):
    """Decisions, a batch of each of two dates, and automation that was turned off at the end."""
    shop = Shop(tmp_path)
    shop.decide(1)
    shop.export(export_lines({"action_id": "t" * 24}))
    shop.decide(2)
    shop.export(export_lines({"action_id": "u" * 24, "business_date": date(2026, 3, 3)}), NINE)
    shop.store.set_automation(on=False, author="ann", reason="wrong stock", at=NINE)
    assert shop.witness.publish(NINE) == ""
    yield shop
    shop.store.close()


def cut(events):
    return events[:-1]


def without(kind):
    return lambda events: [event for event in events if event[0] != kind]


def test_a_whole_chain_has_no_faults_and_is_vouched_for_to_its_end(shop):
    assert shop.faults() == []
    published = shop.witness.inspect(read_seals(shop.exports))
    # The key, two decisions, two batches and the switch.
    assert (published.events, published.reach) == (6, 6)
    assert (published.at_place, published.in_batches) == (5, 2)


def test_a_cut_tail_is_told(shop):
    shop.rewrite(cut)
    shop.run("DELETE FROM settings WHERE name = 'automation'")
    assert shop.store.verify_chain() == []
    assert any("but the chain ends at event 5" in fault for fault in shop.faults())


def test_a_rewritten_chain_is_told(shop):
    def in_other_words(events):
        said = [payload.replace("checked", "guessed") for _, _, payload in events]
        return [(kind, at, text) for (kind, at, _), text in zip(events, said, strict=True)]

    shop.rewrite(in_other_words)
    shop.run("UPDATE decisions SET reason = 'guessed'")
    assert shop.store.verify_chain() == []
    assert any("the chain has another one there" in fault for fault in shop.faults())


def test_a_removed_export_event_is_told_though_it_is_recorded_again(shop):
    shop.rewrite(without(BATCH_EXPORTED))
    assert len(record_batches(shop.exports, shop.store, NINE)) == 2
    assert shop.store.verify_chain() + find_batch_faults(shop.exports, shop.store) == []
    assert any("the chain has another one there" in fault for fault in shop.faults())


def test_an_undone_kill_switch_is_told(shop):
    shop.rewrite(without(AUTOMATION_SET))
    shop.run("DELETE FROM settings WHERE name = 'automation'")
    assert shop.store.stopped() == ()
    assert shop.store.verify_chain() == []
    assert any("vouches for event 6" in fault for fault in shop.faults())
    # Also after other events have taken its number.
    shop.decide(3)
    assert any("vouches for event 6" in fault for fault in shop.faults())


def test_a_deleted_database_is_told(shop):
    shop.store.close()
    shop.database.unlink()
    shop.open()
    assert shop.store.verify_chain() == []
    assert sum("the chain ends at event 0" in fault for fault in shop.faults()) == 7


def test_a_batch_tells_what_the_place_no_longer_does(shop):
    shutil.rmtree(shop.place)
    shop.rewrite(lambda events: events[:2])
    shop.run("DELETE FROM decisions WHERE decision_id = 'd2'", "DELETE FROM settings WHERE name = 'automation'")  # fmt: skip  # noqa: E501
    faults = "\n".join(shop.faults())
    assert "seal of batch 2026-03-03/1 vouches for event 4" in faults
    assert "heads.jsonl ends at event 0, but a batch is sealed at event 4" in faults


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda events: [*events[:2], (*events[2][:2], "{}"), *events[3:]], "another one there"),
        (lambda events: [*events[:2], *events[3:]], "another one there"),
        (lambda events: [*events[:2], events[1], *events[2:]], "another one there"),
        (lambda events: [*events[:1], events[2], events[1], *events[3:]], "another one there"),
        (cut, "the chain ends at event 5"),
    ],
    ids=["edited", "deleted", "inserted", "reordered", "truncated"],
)
def test_every_change_of_a_chain_that_is_whole_again_is_told(shop, edit, told):
    shop.rewrite(edit)
    faults = shop.witness.inspect(read_seals(shop.exports)).faults
    assert any(told in fault for fault in faults)


def test_a_chain_that_goes_on_is_the_one_that_was_published(shop):
    for number in range(3, 8):
        shop.decide(number)
    assert shop.faults() == []


def test_what_follows_the_last_head_is_not_vouched_for(shop):
    shop.store.append_event("note", {}, at=NINE)
    published = shop.witness.inspect(read_seals(shop.exports))
    assert (published.events, published.reach, published.faults) == (7, 6, ())


def test_heads_signed_with_another_key_are_told(shop, tmp_path):
    before = tmp_path / "auditor.pub"
    shutil.copy(shop.key.with_suffix(".pub"), before)
    shutil.rmtree(shop.key.parent)
    shop.decide(3)
    # The new key is in the chain, and the auditor's copy is not of it.
    assert len(shop.store.payloads("signing_key_made")) == 2
    assert any("is signed with key" in fault for fault in shop.faults(before))
    assert shop.faults(before, shop.key.with_suffix(".pub")) == []


@pytest.mark.parametrize("field", ["sequence", "hash", "at", "signature"])
def test_an_altered_head_is_told(shop, field):
    file = shop.place / "heads.jsonl"
    *others, last = [json.loads(line) for line in file.read_text().splitlines()]
    last[field] = 2 if field == "sequence" else last[field][:-4] + "9999"
    file.write_text("".join(json.dumps(head) + "\n" for head in [*others, last]))
    assert any("its signature does not fit" in fault for fault in shop.faults())


def test_a_batch_that_was_exchanged_with_its_manifest_is_told(shop, export_lines):
    seal = (shop.exports / "2026-03-02" / "1" / SEAL).read_bytes()
    shutil.rmtree(shop.exports / "2026-03-02")
    other = export_lines({"action_id": "t" * 24, "quantity": 900})
    write_batch(other, INPUTS, shop.exports, lambda _: seal)
    faults = shop.faults()
    assert "batch 2026-03-02/1: its seal is of another manifest" in faults
    assert "batch 2026-03-02/1: its manifest is not the one that was recorded" in faults


def test_a_seal_that_is_gone_or_spoilt_is_told(shop):
    first, second = (shop.exports / day / "1" / SEAL for day in ("2026-03-02", "2026-03-03"))
    first.unlink()
    second.write_text("{}")
    faults = shop.faults()
    assert "batch 2026-03-02/1: its seal is not the one that was recorded" in faults
    assert "seal of batch 2026-03-03/1 cannot be read" in faults


def test_the_manifest_has_the_same_bytes_with_a_seal_and_without(shop, tmp_path, export_lines):
    plain = write_batch(export_lines({"action_id": "t" * 24}), INPUTS, tmp_path / "plain")
    sealed = shop.exports / "2026-03-02" / "1"
    assert (plain / MANIFEST).read_bytes() == (sealed / MANIFEST).read_bytes()
    assert not (plain / SEAL).exists()


def test_the_key_is_its_owners(shop):
    assert stat.S_IMODE(shop.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(shop.key.parent.stat().st_mode) == 0o700
    assert b"PRIVATE" not in shop.key.with_suffix(".pub").read_bytes()
    shop.key.chmod(0o644)
    assert any("may be read by others" in fault for fault in shop.faults())


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl")
def test_a_third_party_verifies_with_the_published_key_alone(shop, tmp_path):
    (line, *_) = (shop.place / "heads.jsonl").read_bytes().splitlines()
    stated = json.loads(line)
    (tmp_path / "signature").write_bytes(base64.b64decode(stated.pop("signature")))
    said = json.dumps(stated, sort_keys=True, separators=(",", ":"))
    verify = ["openssl", "pkeyutl", "-verify", "-pubin", "-rawin"]
    verify += ["-inkey", shop.key.with_suffix(".pub"), "-sigfile", tmp_path / "signature"]
    for text, code in ((said, 0), (said.replace("08:00", "07:00"), 1)):
        (tmp_path / "said").write_text(text)
        done = subprocess.run([*verify, "-in", tmp_path / "said"], check=False, capture_output=True)
        assert done.returncode == code


def test_where_the_place_is_not_there_what_was_recorded_stands(shop, tmp_path):
    away = Witness(shop.store, shop.key, tmp_path / "not mounted" / "heads")
    shop.store.append_event("note", {}, at=NINE)
    assert "could not be published" in away.publish(NINE)
    assert not (tmp_path / "not mounted").exists()
    assert shop.store.head().sequence == 7
    assert shop.witness.publish(NINE) == ""
    assert shop.witness.inspect({}).reach == 7


def test_a_named_place_is_never_made_in_the_stead_of_a_disk(shop, tmp_path):
    mount_point = tmp_path / "mount"
    mount_point.mkdir()
    witness = Witness(shop.store, shop.key, mount_point)
    assert "mount its disk, or make it once" in witness.publish(NINE)
    assert list(mount_point.iterdir()) == []
    (mount_point / "heads.jsonl").touch()
    assert witness.publish(NINE) == ""
    assert SignedHead.parse((mount_point / "heads.jsonl").read_bytes()).sequence == 6


@pytest.mark.parametrize(
    ("field", "value", "faults"),
    [
        *(("signature", "é", 1), ("signature", "abc", 1), ("hash", "é", 1)),
        *(("sequence", 2**63 - 1, 1), ("sequence", 2**70, 0), ("sequence", -1, 0)),
    ],
)
def test_an_odd_line_at_the_place_stops_nothing(shop, field, value, faults):
    """Whoever may write there must not be able to stop every export."""
    file = shop.place / "heads.jsonl"
    (*_, last) = file.read_text().splitlines()
    with file.open("a") as heads:
        heads.write(json.dumps({**json.loads(last), field: value}) + "\n")
    assert len(shop.witness.find_faults(shop.exports)) == faults
    shop.decide(3)


def test_what_is_not_signed_is_asked_of_nobody(shop, monkeypatch):
    file, asked = shop.place / "heads.jsonl", []
    (*_, last) = file.read_text().splitlines()
    file.write_text(json.dumps({**json.loads(last), "sequence": 5}) + "\n")
    monkeypatch.setattr(type(shop.store), "hashes", lambda _, some: asked.extend(some) or {})
    shop.witness.inspect({})
    assert asked == []


def test_a_seal_that_cannot_be_read_from_the_disk_is_told(shop):
    seal = shop.exports / "2026-03-02" / "1" / SEAL
    seal.unlink()
    seal.mkdir()
    (fault,) = shop.witness.find_faults(shop.exports)
    assert fault.startswith("published heads could not be verified")


def test_a_line_that_another_wrote_is_not_taken_for_the_last_head(shop):
    shop.store.append_event("note", {}, at=NINE)
    file, head = shop.place / "heads.jsonl", shop.store.head()
    (*_, last) = file.read_text().splitlines()
    with file.open("a") as heads:
        stated = {**json.loads(last), "sequence": head.sequence, "hash": head.hash}
        heads.write(json.dumps(stated) + "\n")
    assert shop.witness.publish(NINE) == ""
    assert SignedHead.parse(file.read_bytes().splitlines()[-1]).find_fault(
        read_public_keys([shop.key.with_suffix(".pub")])
    ) == ""  # fmt: skip


def test_a_key_that_cannot_be_read_stops_no_batch(shop, tmp_path):
    spoilt = tmp_path / "spoilt.pem"
    spoilt.write_text("no key")
    witness = Witness(shop.store, spoilt, shop.place)
    assert witness.seal("f00", NINE) is None
    assert "holds no key" in witness.publish(NINE)
    with pytest.raises(KeyFileError, match="holds no public key"):
        read_public_keys([spoilt])


def test_what_cannot_be_verified_is_told_and_stops_nothing(shop):
    assert shop.witness.find_faults(shop.exports) == []
    shop.key.with_suffix(".pub").write_text(
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"
    )
    (fault,) = shop.witness.find_faults(shop.exports)
    assert "holds no key that can be read" in fault


def test_a_torn_line_is_passed_over_and_stays(shop):
    file = shop.place / "heads.jsonl"
    torn = file.read_bytes() + b'{"at":"2026-03'
    file.write_bytes(torn)
    shop.decide(3)
    assert file.read_bytes().startswith(torn + b"\n{")
    assert shop.faults() == []


def test_the_same_head_is_published_once(shop):
    before = (shop.place / "heads.jsonl").read_bytes()
    assert shop.witness.publish(NINE) == ""
    assert (shop.place / "heads.jsonl").read_bytes() == before


def test_a_place_may_be_a_file(shop, tmp_path):
    (tmp_path / "heads.log").touch()
    witness = Witness(shop.store, shop.key, tmp_path / "heads.log")
    assert witness.publish(NINE) == ""
    assert SignedHead.parse((tmp_path / "heads.log").read_bytes()).sequence == 6


MAKER = """
import sys
from datetime import datetime
from pathlib import Path
from governance.signed_heads import Witness
from governance.store import open_store
store = open_store(sys.argv[1])
store.append_event("note", {"who": sys.argv[4]}, datetime(2026, 3, 3))
print("ready", flush=True)
sys.stdin.readline()
witness = Witness(store, Path(sys.argv[2]), Path(sys.argv[3]), makes_place=True)
print(witness.publish(datetime(2026, 3, 3)))
"""


def test_processes_that_publish_first_at_once_share_one_key(tmp_path):
    arguments = [f"sqlite:///{tmp_path / 's.sqlite'}", tmp_path / "keys" / "k.pem", tmp_path / "h"]
    makers = [
        subprocess.Popen(
            [sys.executable, "-c", MAKER, *map(str, arguments), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        for name in ("one", "two")
    ]
    assert [maker.stdout.readline() for maker in makers] == ["ready\n"] * 2
    for maker in makers:
        maker.stdin.write("go\n")
        maker.stdin.flush()
    assert [maker.communicate(timeout=60)[0].strip() for maker in makers] == ["", ""]
    store = open_store(arguments[0])
    witness = Witness(store, arguments[1], arguments[2])
    assert witness.inspect({}).faults == ()
    assert len(store.payloads("signing_key_made")) == 1
    store.close()


def test_decisions_are_in_the_chain_under_their_kind(shop):
    (found,) = shop.store.find_events(DECISION_RECORDED, '"d2"')
    assert found.sequence == 4
    assert shop.store.find_events(DECISION_RECORDED, "%") == []
