"""The keys that compose a Korean syllable."""

# The usual Korean keyboard ("두벌식"): the keys of first consonants, vowels and last consonants, in Unicode's order.
FIRST = "r R s e E f a q Q t T d w W c z x v g".split()
VOWEL = "k o i O j p u P h hk ho hl y n nj np nl b m ml l".split()
LAST = ["", *"r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g".split()]


def is_hangul(character):
    return "가" <= character <= "힣"


def on_korean_keyboard(text):
    """The keys that compose this text."""
    keys = ""
    for character in text:
        if is_hangul(character):
            syllable, last = divmod(ord(character) - ord("가"), len(LAST))
            first, vowel = divmod(syllable, len(VOWEL))
            character = FIRST[first] + VOWEL[vowel] + LAST[last]
        keys += character
    return keys
