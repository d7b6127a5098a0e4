"""Texts that tokenizers find hard: many scripts, emoji, code, odd spaces, control characters."""

import random

FIXED = [
    "", " ", "  ", "\n", "\t", "a", " a", "a ", "  a  b   c    ", "Hello, world!", "Hello  world \n\n x",
    "I'm here, they're gone; we've don't it's he'll she'd", "I'M HERE THEY'RE", "don ' t do not n't",
    "The quick brown fox jumps over the lazy dog.", "naïve café résumé Ångström", "cafe\u0301 re\u0301sume\u0301",
    "ﬁﬂ ligatures ½ ² ① Ⅷ ㎏", "straße STRASSE ẞ İstanbul ıI ǅ ΑΣ", "中文分词测试,你好世界!", "日本語のテキストカタカナーひらがな",
    "한국어 문장입니다 각각", "\u1100\u1161\u11a8 jamo", "Привет, мир! Ёлка и́", "שלום עולם שָׁלוֹם", "مرحبا بالعالم ـ ١٢٣", "नमस्ते दुनिया क्षि",
    "สวัสดีชาวโลก ก็", "Γειά σου Κόσμε ΰ", "გამარჯობა", "Hẩu Việt Nam tiếng Việt ệ", "ᚠᛇᚻ ᛒᛦᚦ", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝟘𝟙𝟚 𠀀𪜶", "ꙮ ꜀ ꓸ",
    "😀😁😂 emoji", "👨‍👩‍👧‍👦 family", "👍🏽 skin 🏳️‍🌈 flag 🇩🇪🇫🇷", "❤️ ☎︎ 1️⃣ #️⃣", "🧑🏻‍🚀", "a\u200db\u200cc\u200bd\u2060e\ufefff",
    "no\u00a0break\u202fthin\u2009space\u3000wide\u1680ogham\u180emongol\u0085nel\u2028ls\u2029ps",
    "tab\tand\vvertical\fform\rreturn\r\nboth", "nul\x00in\x01the\x1bmiddle\x7fdel\x8fand\x9f", "\ufffd replacement \ufffe",
    "int main(void) { return x->y[3] + 0x1F; } // comment", "def f(x: int) -> str:\n    return f'{x!r}'\n\n\tpass",
    "<html><body class=\"a\">&amp;</body></html>", "SELECT * FROM t WHERE a>=1 AND b<>'x';", "https://example.org/a?b=c&d=%20#e",
    "1234567890 3.14159 1,000,000 1e-9 ½ ³ ௧௨", "x² + y² = z² ∑∫√∞ ≠ ≤", "a__b--c**d//e..f,,g", "!!! ??? ... --- ___", "$€£¥₿ 5%",
    "snake_case camelCase PascalCase kebab-case SCREAMING_CASE", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "Pneumonoultramicroscopicsilicovolcanoconiosis",
    "<s> </s> <unk> <pad> [CLS] [SEP] [MASK] [UNK]", "<|endoftext|>x<|im_start|>user\nhi<|im_end|>", "x<mask>y <mask> z  <mask>  w",
    "▁▁ lower one eighth ▁x", "Ġ Ċ byte level letters", "<0x0A> <0xFF> byte names", "##ing word##piece", "a\u0300\u0301\u0327 stacked \u0327\u0301a",
    "\u0344 \u0958 \u2126 \u212b \uf900 \ufb1d", "ΌΣΟΣ ὈΔΥΣΣΕΎΣ", "½⅓ ℌ ｆｕｌｌ ｗｉｄｔｈ ﾊﾝｶｸ", "e\u0323\u0302 \u1ec7 ẛ̣", "😀" * 20, "word " * 40,
    "mixed漢字andカナ123テスト한글", "a\u0378b unassigned \U000e0001tag \ue000private", "‘quotes’ “double” «guillemets» „low“ ‹›", "¿Qué? ¡Sí!",
    "—em–en‐hyphen‑nb", "ʻokina ʼ ˈ", "ⒶⒷ ⓐ 🅰", "०१२ ٣٤٥ ৬৭", "ⅠⅡⅢ ⅳ", "ﷺ ﷲ", "ꟿ \ua66f", "\u00ad soft\u00adhyphen", "(a)[b]{c}<d>", "   leading", "trailing   ", "\n\n\n", " \n ",
    "foo@bar.com #tag @user", "C:\\path\\file", "don’t I’m", "xﬃy", "ſ 'ſ K", "Ω≈ç√∫˜µ≤≥÷", "ABCdef123GHI", "q\u0307\u0323 \u0323\u0307",
]

ALPHABETS = [
    (0x20, 0x7E), (0x20, 0x7E), (0x20, 0x7E), (0xA0, 0xFF), (0x100, 0x17F), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x45F),
    (0x590, 0x5F4), (0x620, 0x66F), (0x900, 0x97F), (0xE00, 0xE5B), (0x1100, 0x11FF), (0x1E00, 0x1EFF), (0x2000, 0x206F),
    (0x2100, 0x218B), (0x2190, 0x21FF), (0x2460, 0x24FF), (0x3000, 0x30FF), (0x4E00, 0x4FFF), (0xAC00, 0xADFF),
    (0xFB00, 0xFB4F), (0xFE00, 0xFE0F), (0xFF00, 0xFFEF), (0x1F300, 0x1F64F), (0x1F900, 0x1F9FF), (0x1D400, 0x1D4FF),
    (0x20000, 0x200FF), (0, 0x1F), (0x7F, 0x9F),
]
WORDS = "the of and in model token 'll don't <mask> </s> \n \t   ing Straße ÉCOLE 東京 Москва 🙂 👩‍💻 3.14 x_y ... -- ▁ \r\n ".split(" ")


def texts(count, seed=0):
    """`count` texts: the fixed ones, then random mixtures, the same for the same seed."""
    chance = random.Random(seed)
    result = FIXED[:count]
    while len(result) < count:
        parts = []
        for _ in range(chance.randint(1, 12)):
            kind = chance.random()
            if kind < 0.35:
                parts.append(chance.choice(WORDS))
            elif kind < 0.5:
                parts.append(chance.choice([" ", "  ", "\n", "\t", ""]))
            else:
                low, high = chance.choice(ALPHABETS)
                parts.append("".join(chr(chance.randint(low, high)) for _ in range(chance.randint(1, 6))))
            if chance.random() < 0.5:
                parts.append(" ")
        result.append("".join(parts))
    return result
