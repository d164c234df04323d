"""A bundle's name in the spelling that a language takes for a type, a file or a package."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from edgeattn_runtime.errors import BadUsage

# Words that cannot name a type or a namespace in one of C++20, Kotlin, Swift or TypeScript.
_WORDS = """
    alignas and any as asm async auto await bool boolean break by byte case catch char class const
    consteval constexpr continue debugger decltype default defer delete do double dynamic else enum
    explicit export extends extension extern false fallthrough final finally float for friend fun
    func function goto guard if implements import in init inline inout instanceof int interface
    internal is let long mutable namespace native new nil noexcept not null object open operator or
    override package private protected protocol public register repeat requires rethrow return self
    short signed sizeof static std struct super switch template this throw throws true try type
    typealias typeof typename union unsigned using val var virtual void volatile when where while
    with xor yield
"""
# What C's headers have at the top level of C++ already, as functions or macros, and CMake and the
# kit itself as targets.
_TAKEN = """
    abort abs access acct alarm all assert basename bind canonicalize ceil classify clean clock
    clone close connect cos daemon div edgeattn endl ends errno exec exit exp floor fork free
    gamma golden help hypot i386 index install link linux listen log main major minor nan nice
    open package pause pipe pow preprocessing profil rand random read reboot remainder remove
    rename rewind rint round select shutdown signal sin sleep socket sqrt stat std stdin stdout
    strings swab sync system tan tee test time times trunc truncate unix unlink wait write
"""
# Types of the kits themselves, and types and modules of Swift, TypeScript and Apple that a class or
# a package of the same name would hide.
_TYPES = """
    array charts chosen combine contacts core_ml data date defaults engine error foundation golden
    label map memory metal model nd_array network number object photo photo_classifier photos port
    prediction processor promise sample_classifier set spec speech string swift tensor
    text_classifier vision web_options word_piece xc_test
"""
LONGEST = 64  # letters; files carry the name, and file systems end at 255 bytes
RESERVED = frozenset((_WORDS + _TAKEN + _TYPES).split())


@dataclass(frozen=True)
class Identifiers:
    """One name, spelled as each language expects it.

    >>> Identifiers.of("gesture-hybrid")
    Identifiers(type='GestureHybrid', snake='gesture_hybrid', kebab='gesture-hybrid')

    Attributes:
        type: Of a class.
        snake: Of a C++ namespace and of files.
        kebab: Of an npm package and of the kit.
    """

    type: str
    snake: str
    kebab: str

    @classmethod
    def of(cls, name: str) -> Identifiers:
        """Return the spellings of a name; accents go, what is no letter or digit parts words.

        A name that begins with a digit, or is a word of a language, gets "model" in front.

        Raises:
            BadUsage: Nothing is left of the name, or too much.
        """
        bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", bare)
        if not words:
            raise BadUsage(
                f"the name {name!r} holds no letter from a to z and no digit to call a class by; "
                "give --name, such as --name GestureClassifier"
            )
        if sum(map(len, words)) > LONGEST:
            raise BadUsage(
                f"the name {name[:20]!r}... has more than {LONGEST} letters; give --name, such as "
                "--name GestureClassifier"
            )
        words = [word.lower() for word in words]
        if words[0][0].isdigit() or "_".join(words) in RESERVED:
            words.insert(0, "model")
        return cls(
            type="".join(word.capitalize() for word in words),
            snake="_".join(words),
            kebab="-".join(words),
        )
