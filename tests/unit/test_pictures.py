"""The pictures in the documents are there, small, entries of the gallery, and said in words too."""

import re
import struct
import zlib
from pathlib import Path

import pytest

import handlers
from bot.sandbox.gallery import groups
from tests.browser.pictures import FOLDER, MOST, PICTURES
from tests.browser.png import repacked

ROOT = Path(__file__).parents[2]
SHOWN = re.compile(r'<img src="([^"]+)" width="400" alt="([^"]+)">')
FILES = {f"{picture.name}.png" for picture in PICTURES}


@pytest.mark.parametrize(("document", "number"), [("README.md", 4), (".github/PICTURES.md", len(PICTURES))])
def test_each_picture_of_a_document_is_there_and_has_its_words(document: str, number: int) -> None:
    path = ROOT / document
    shown = SHOWN.findall(path.read_text(encoding="utf-8"))
    assert len(shown) == path.read_text(encoding="utf-8").count("<img") == number
    for source, words in shown:
        assert (path.parent / source).is_file()
        assert len(words) > 60


def test_the_folder_has_these_pictures_and_each_is_small() -> None:
    assert {each.name for each in FOLDER.iterdir()} == FILES
    assert {each.name: each.stat().st_size for each in FOLDER.iterdir() if each.stat().st_size > MOST} == {}


def test_each_picture_is_of_one_entry_of_the_gallery() -> None:
    verbs = [each.verb for each in handlers.load().verbs.values()]
    known = {(entry.title, entry.state) for group in groups(verbs) for entry in group.entries}
    assert {(picture.title, picture.state) for picture in PICTURES} <= known


ROWS = tuple(
    bytes((row * 40 + column * 7 + channel * 3) % 256 for column in range(3) for channel in range(4))
    for row in range(5)
)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def filtered(kind: int, row: bytes, above: bytes) -> bytes:
    """A row as PNG writes it, by its definition of the five filters."""

    def guess(at: int) -> int:
        left, corner = (row[at - 4], above[at - 4]) if at >= 4 else (0, 0)
        estimate = left + above[at] - corner
        nearest = min((left, above[at], corner), key=lambda each: abs(estimate - each))
        return (0, left, above[at], (left + above[at]) // 2, nearest)[kind]

    return bytes([kind]) + bytes((value - guess(at)) % 256 for at, value in enumerate(row))


def test_a_picture_of_few_colours_is_the_same_when_it_is_packed_again() -> None:
    lines = b"".join(filtered(kind, row, ROWS[kind - 1] if kind else bytes(12)) for kind, row in enumerate(ROWS))
    head = struct.pack(">IIBBBBB", 3, 5, 8, 6, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    assert pixels(repacked(png)) == [tuple(row[at : at + 4]) for row in ROWS for at in range(0, 12, 4)]


def pixels(png: bytes) -> list[tuple[int, ...]]:
    """Those of a picture with a palette and without filters."""
    found, at = dict[bytes, bytes](), 8
    while at < len(png):
        length, name = struct.unpack_from(">I4s", png, at)
        found[name], at = png[at + 8 : at + 8 + length], at + length + 12
    width, height = struct.unpack_from(">II", found[b"IHDR"])
    data = zlib.decompress(found[b"IDAT"])
    places = (data[row * (width + 1) + 1 + column] for row in range(height) for column in range(width))
    return [(*found[b"PLTE"][3 * place : 3 * place + 3], found[b"tRNS"][place]) for place in places]


def test_a_picture_of_many_colours_keeps_the_most_frequent() -> None:
    rows = [bytes(value for column in range(40) for value in (row * 6, column * 6, 90, 255)) for row in range(40)]
    lines = b"".join(b"\0" + row for row in rows) + b"\0" + bytes((255, 255, 255, 255)) * 40
    head = struct.pack(">IIBBBBB", 40, 41, 8, 6, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    shown = pixels(repacked(png))
    assert len(set(shown)) <= 128
    assert shown[-40:] == [(255, 255, 255, 255)] * 40
