"""Texts that a careless program would change, cut, join or run."""

import unicodedata

# Each of at most 12 characters, so that it fits into every field.
SHORT = {
    "an emoji": "💊🚚",
    "a family of seven code points": "👨‍👩‍👧‍👦",
    "a flag": "🏴󠁧󠁢󠁷󠁬󠁳󠁿",
    "right to left": "שלום عليكم",
    "a direction's override": "a\u202eb\u202cc",
    "combining characters": "e\u0301\u0323\u0308x",
    "a combining character first": "\u0301a",
    "four bytes each": "𝕁𝕠𝕖 𐍈",
    "the last code point": "\U0010ffff",
    "no character, but valid": "\uffff\ufffe",
    "double quotes": '"Joe" "',
    "single quotes": "O'Brien'--",
    "backslashes": "\\\\n\\u0041\\",
    "SQL": "');DROP--",
    "a parameter": "$1 ?1 :a @b",
    "a pattern": "%_*?[a-z]%",
    "HTML": "<b>&amp;</b>",
    "a script": "<script>1",
    "a format": "%s%n%d{0}",
    "blanks in front": "  Joe",
    "blanks behind": "Joe  ",
    "blanks alone": "   ",
    "a hard space": "\u00a0Joe\u00a0",
    "a byte order mark": "\ufeffJoe\ufeff",
    "a line separator": "a\u2028b\u2029c",
    "no width": "a\u200bb\u200dc\u2060d",
    "composed": unicodedata.normalize("NFC", "Zoë Ångström"[:12]),
    "decomposed": unicodedata.normalize("NFD", "Zoë Å"),
    "case that folds to more": "Straße İıſﬁ",
    "digits of elsewhere": "٣४五Ⅷ²",
    "what means nothing": "null",
    "a number": "0123",
    "a big number": "1e309",
    "true": "true",
    "a path": "../../etc",
    "a CSV formula": "=1+1;@x,\"y\"",
    "commas and semicolons": ",;|:,,;",
}
# Fill a field of 50 characters, in as many bytes as can be.
LONG = {
    "50 of four bytes": "😀" * 50,
    "50 of three bytes": "‰" * 50,
    "50 of which each second combines": "e\u0301" * 25,
    "50 quotation marks": '"' * 50,
    "50 backslashes": "\\" * 50,
}

ALIKE = [
    (unicodedata.normalize("NFC", "Ångström"), unicodedata.normalize("NFD", "Ångström")),
    ("Joe", "Joe "), ("Joe", " Joe"), ("joe", "Joe"), ("Joe", "Joe\u200b"), ("K", "\u212a"),
    ("Joe", "\ufeffJoe"), ("ss", "ß"), ("ﬁ", "fi"), ("1", "١"), ("%", "a"), ("_", "a"),
]
