"""Versions are named by content, whole or absent, and vouch for every byte."""

import datetime as dt
import json
import os
import shutil
import subprocess
import sys

import polars as pl
import pytest

from forecasting.lifecycle.input_drift import reference
from forecasting.lifecycle.registry import (
    ModelDescription,
    RegistryError,
    list_version_names,
    load_model,
    read_card,
    register_model,
)

FILES = {"trees.txt": b"tree\n1\n", "calibration.json": b"{}"}


def description(**changes):
    inputs = pl.DataFrame({"price": [1.0, 1.1, 0.1, None], "promoted": [True, False, False, False]})
    parts = {
        "model": "lightgbm",
        "trained_on": dt.date(2025, 6, 1),
        "first_day": dt.date(2024, 6, 1),
        "last_day": dt.date(2025, 6, 1),
        "data_hash": "d" * 64,
        "features": ("price", "promoted"),
        "parameters": {"leaves": 127, "rate": 0.1, "objective": "tweedie", "seed": None, "x": True},
        "code_version": "c" * 64,
        "scores": {"pinball": 0.1 + 0.2, "wape": 1.0},
        "reference": reference(inputs),
    }
    return ModelDescription(**(parts | changes))


def model_files(folder, version):
    return folder / "models" / version


def test_what_is_registered_is_loaded_as_it_was(tmp_path):
    card = register_model(tmp_path, description(), FILES)
    found = load_model(tmp_path, card.version)
    assert found.files == FILES
    assert found.card == card == read_card(tmp_path, card.version)
    stated = {name: getattr(found.card, name) for name in ModelDescription.model_fields}
    assert stated == {name: getattr(description(), name) for name in ModelDescription.model_fields}
    assert {type(value) for value in found.card.parameters.values()} == {
        int,
        float,
        str,
        type(None),
        bool,
    }


def test_the_version_follows_from_the_content_and_nothing_else(tmp_path):
    first = register_model(tmp_path / "a", description(), FILES)
    again = register_model(tmp_path / "b", description(), dict(reversed(FILES.items())))
    assert first == again
    file = model_files(tmp_path / "a", first.version) / "card.json"
    other = model_files(tmp_path / "b", first.version) / "card.json"
    assert file.read_bytes() == other.read_bytes()


@pytest.mark.parametrize(
    ("changes", "files"),
    [
        ({"data_hash": "e" * 64}, FILES),
        ({"parameters": {"leaves": 128}}, FILES),
        ({"features": ("promoted", "price")}, FILES),
        ({"scores": {"pinball": 0.3}}, FILES),
        ({"reference": ()}, FILES),
        ({}, FILES | {"trees.txt": b"tree\n2\n"}),
        ({}, {"trees.txt": FILES["trees.txt"]}),
    ],
)
def test_any_other_content_is_another_version(tmp_path, changes, files):
    cards = [
        register_model(tmp_path, description(), FILES),
        register_model(tmp_path, description(**changes), files),
    ]
    assert list_version_names(tmp_path) == tuple(sorted({card.version for card in cards}))
    assert len(list_version_names(tmp_path)) == 2


def test_registering_again_touches_nothing(tmp_path):
    card = register_model(tmp_path, description(), FILES)
    before = {path: path.stat() for path in sorted(tmp_path.rglob("*"))}
    assert register_model(tmp_path, description(), FILES) == card
    assert {path: path.stat() for path in sorted(tmp_path.rglob("*"))} == before


def test_an_altered_or_missing_file_is_named(tmp_path):
    version = register_model(tmp_path, description(), FILES).version
    trees = model_files(tmp_path, version) / "trees.txt"
    trees.write_bytes(b"tree\n7\n")
    with pytest.raises(RegistryError, match=r"trees\.txt was altered: sha256 is"):
        load_model(tmp_path, version)
    with pytest.raises(RegistryError, match=r"trees\.txt was altered"):
        register_model(tmp_path, description(), FILES)
    trees.unlink()
    with pytest.raises(RegistryError, match=r"trees\.txt is missing"):
        load_model(tmp_path, version)


@pytest.mark.parametrize(
    ("alter", "message"),
    [
        (lambda card: card | {"data_hash": "f" * 64}, "not that of version"),
        (lambda card: card | {"version": "0" * 16}, "not that of version"),
        (lambda card: card | {"scores": {"pinball": "low"}}, r"field scores\.pinball"),
        (lambda card: {k: v for k, v in card.items() if k != "files"}, "field files"),
    ],
)
def test_an_altered_card_is_refused(tmp_path, alter, message):
    version = register_model(tmp_path, description(), FILES).version
    file = model_files(tmp_path, version) / "card.json"
    file.write_text(json.dumps(alter(json.loads(file.read_text()))))
    with pytest.raises(RegistryError, match=rf"card\.json was altered: .*{message}"):
        load_model(tmp_path, version)


def test_a_moved_card_does_not_pass_for_another_version(tmp_path):
    one = register_model(tmp_path, description(), FILES).version
    two = register_model(tmp_path, description(data_hash="e" * 64), FILES).version
    shutil.copy(model_files(tmp_path, one) / "card.json", model_files(tmp_path, two))
    with pytest.raises(RegistryError, match=f"not that of version {two}"):
        read_card(tmp_path, two)


@pytest.mark.parametrize("version", ["0" * 16, "../models", ""])
def test_an_unknown_version_is_refused(tmp_path, version):
    register_model(tmp_path, description(), FILES)
    with pytest.raises(RegistryError, match="has no model version"):
        load_model(tmp_path, version)


def test_an_empty_registry_has_no_versions(tmp_path):
    assert list_version_names(tmp_path / "nowhere") == ()


def test_what_a_killed_process_left_is_no_version_and_is_cleared(tmp_path):
    whole = register_model(tmp_path / "whole", description(), FILES).version
    left = tmp_path / "models" / f".{whole}.partial"
    left.mkdir(parents=True)
    (left / "trees.txt").write_bytes(b"tr")
    assert list_version_names(tmp_path) == ()
    assert register_model(tmp_path, description(), FILES).version == whole
    assert load_model(tmp_path, whole).files == FILES
    assert not left.exists()


KILLED = """
import os, sys
from pathlib import Path
from forecasting.lifecycle.registry import ModelDescription, register_model

described = ModelDescription.model_validate_json(sys.argv[2])
calls = 0

def die_at(fatal):
    for name in ("fsync", "rename"):
        def dying(*args, _real=getattr(os, name)):
            global calls
            calls += 1
            if calls == fatal:
                os._exit(9)
            return _real(*args)
        setattr(os, name, dying)

for fatal in range(1, 8):
    child = os.fork()
    if not child:
        die_at(fatal)
        register_model(Path(sys.argv[1]) / str(fatal), described, {"a": b"1", "b": b"2"})
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_killed_at_any_moment_a_version_is_whole_or_absent(tmp_path):
    command = [sys.executable, "-c", KILLED, str(tmp_path), description().model_dump_json()]
    codes = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    # Two files, the card and the folder are flushed, the folder renamed, its parent flushed.
    assert codes == ["9"] * 6 + ["0"]
    for fatal in range(1, 8):
        folder = tmp_path / str(fatal)
        assert len(list_version_names(folder)) == (fatal > 5)
        for version in list_version_names(folder):
            assert load_model(folder, version).files == {"a": b"1", "b": b"2"}
        card = register_model(folder, description(), {"a": b"1", "b": b"2"})
        assert load_model(folder, card.version).card == card
        assert [path.name for path in (folder / "models").iterdir()] == [card.version]


def test_a_folder_that_cannot_be_written_shows_no_version(tmp_path):
    if os.geteuid() == 0:
        (tmp_path / "models").write_text("in the way")
    else:
        tmp_path.chmod(0o500)
    with pytest.raises(OSError, match=r"models|denied|exists"):
        register_model(tmp_path, description(), FILES)
    assert list_version_names(tmp_path) == ()


@pytest.mark.parametrize("name", ["../trees.txt", "a/b", ".hidden", "card.json", ""])
def test_file_names_are_plain(tmp_path, name):
    with pytest.raises(ValueError, match="cannot be the name of a model file"):
        register_model(tmp_path, description(), {name: b""})


def test_bad_descriptions_are_refused(tmp_path):
    with pytest.raises(ValueError, match="at least one file"):
        register_model(tmp_path, description(), {})
    with pytest.raises(ValueError, match="cannot train on 2025-06-01"):
        description(last_day=dt.date(2025, 6, 2))
    with pytest.raises(ValueError, match=r"scores\.pinball"):
        description(scores={"pinball": float("nan")})
