#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/tokenizers/text/normalized_text.h"

/// Properties of characters, as the reference's libraries define them.
namespace orrery::tokenizers::unicode {

bool isWhitespace(char32_t c);   ///< White_Space
bool isNumeric(char32_t c);      ///< Nd, Nl, No
bool isPunctuation(char32_t c);  ///< ASCII punctuation or a category P
bool isOther(char32_t c);        ///< control, format, private use
bool isNonspacingMark(char32_t c);
bool isCombiningMark(char32_t c);
bool isWord(char32_t c);  ///< what \w matches (UTS 18)

/// Number of the script of a character; scripts that are written together share one, and what
/// belongs to any script is 0.
int script(char32_t c);

enum class NormalForm { kNfc, kNfd, kNfkc, kNfkd };

/// Brings the text into a normal form.
void normalize(NormalizedText& text, NormalForm form);

/// Makes the text lower case, character by character.
void lowercase(NormalizedText& text);

/// The user-perceived characters (extended grapheme clusters) of `text`.
std::vector<std::string_view> graphemes(std::string_view text);

}  // namespace orrery::tokenizers::unicode
