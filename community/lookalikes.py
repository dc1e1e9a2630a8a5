"""Letters of other alphabets, and digits, that look like a small Latin letter. For comparing names, never for showing.

Unicode's own list has thousands of signs; here are those of alphabets that people really type names in. Each line
gives the signs for one letter, already folded to small ones.
"""

from collections.abc import Mapping
from types import MappingProxyType

_LIKE = {
    "a": "аαɑ",
    "b": "вьβƅ",
    "c": "сϲᴄ",
    "d": "ԁɗ",
    "e": "еєεҽ",
    "f": "ƒ",
    "g": "ɡց",
    "h": "нһηհ",
    "j": "јϳ",
    "k": "кκ",
    # Capital I, small l and the digit 1 are one stroke in many typefaces; after folding they are these three.
    "l": "i1іιıӏןſǀ|!",
    "m": "мμ",
    "n": "пռո",
    "o": "0оοօσ",
    "p": "рρ",
    "q": "ԛգ",
    "r": "гᴦ",
    "s": "5ѕꜱ",
    "t": "тτ",
    "u": "υսц",
    "v": "νѵᴠ",
    "w": "ԝωѡщшա",
    "x": "хχ",
    "y": "уγү",
    "z": "ζᴢ",
}

LOOKALIKES: Mapping[int, str] = MappingProxyType(
    {ord(sign): letter for letter, signs in _LIKE.items() for sign in signs}
)
