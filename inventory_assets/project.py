"""Where the project lies: its code, policies and, by default, its data."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
