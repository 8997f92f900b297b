#!/usr/bin/env python3
"""Makes the word lists that benches/encodings.rs measures with.

Usage: python3 scripts/word-lists.py FOLDER_OF_WORDFREQ FOLDER

FOLDER/LANGUAGE.dictionary.txt has every word of a dictionary with the weight 1; FOLDER/LANGUAGE.everyday.txt has the
words of everyday texts, weighted by their frequency. A line is the weight, a tab and the word.

The dictionaries are packages of Debian, and jieba's list of Chinese words, which comes with wordfreq. The frequencies
are wordfreq's, and those of rime-essay for traditional Chinese.
"""

import gzip
import pathlib
import sys
import unicodedata

import msgpack

SHARE = pathlib.Path("/usr/share")


def plain(path):
    for line in path.read_text("utf-8").splitlines():
        yield 1, line


def hunspell(name):
    """The stems, without their flags; the first line is their number."""
    for line in (SHARE / "hunspell" / name).read_text("utf-8").splitlines()[1:]:
        yield 1, line.split("/")[0]


def ipadic():
    for path in sorted((SHARE / "mecab/dic/ipadic").glob("*.csv")):
        for line in path.read_text("euc_jp", errors="ignore").splitlines():
            yield 1, line.split(",")[0]


def chewing():
    """The phrases end in NUL; what is between them is not text."""
    for phrase in (SHARE / "libchewing/dictionary.dat").read_bytes().split(b"\0"):
        word = phrase.decode("utf-8", errors="ignore")
        if word and all(ord(character) >= 0x3400 for character in word):
            yield 1, word


def essay():
    for line in (SHARE / "rime-data/essay.txt").read_text("utf-8").splitlines():
        word, tab, weight = line.partition("\t")
        if tab and int(weight) > 0:
            yield int(weight), word


def wordfreq(folder, language):
    """The words by their frequency: those at index i have one of 10 to the power of -i/100."""
    data = folder / "data" / f"large_{language}.msgpack.gz"
    if not data.exists():
        data = folder / "data" / f"small_{language}.msgpack.gz"
    for index, words in enumerate(msgpack.unpackb(gzip.decompress(data.read_bytes()), raw=False)[1:]):
        for word in words:
            yield max(1, round(10 ** (9 - index / 100))), word


def jieba(folder):
    for line in (folder / "data/jieba_zh_orig.txt").read_text("utf-8").splitlines():
        yield 1, line.split(" ")[0]


def write(path, words):
    seen = set()
    with path.open("w", encoding="utf-8") as file:
        for weight, word in words:
            # The Korean dictionary has its syllables taken apart.
            word = unicodedata.normalize("NFC", word.strip())
            if word and word not in seen and not any(map(str.isspace, word)):
                seen.add(word)
                file.write(f"{weight}\t{word}\n")


def main():
    source, folder = map(pathlib.Path, sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    dictionaries = {
        "ko": hunspell("ko.dic"),
        "ja": ipadic(),
        "zh": jieba(source),
        "zh-Hant": chewing(),
        "ru": hunspell("ru_RU.dic"),
        "fr": plain(SHARE / "dict/french"),
        "de": plain(SHARE / "dict/ngerman"),
        "en": plain(SHARE / "dict/american-english"),
    }
    for language, words in dictionaries.items():
        write(folder / f"{language}.dictionary.txt", words)
        everyday = essay() if language == "zh-Hant" else wordfreq(source, language)
        write(folder / f"{language}.everyday.txt", everyday)


if __name__ == "__main__":
    main()
