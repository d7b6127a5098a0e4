#pragma once

#include <map>

#include "core/tokenizers/steps/post_processor.h"

namespace orrery::tokenizers {

/// Joins texts and special tokens as a list of pieces says.
class Template final : public PostProcessor {
 public:
  struct Piece {
    int sequence = -1;    ///< 0 or 1: a text; -1: the special token `special`
    std::string special;  ///< name in Specials
    std::int32_t typeId = 0;
  };
  struct Special {
    std::vector<TokenId> ids;
    std::vector<std::string> tokens;
  };
  using Pieces = std::vector<Piece>;
  using Specials = std::map<std::string, Special, std::less<>>;

  /// All special pieces must be in `specials`, and `single` must not ask for a second text.
  Template(Pieces single, Pieces pair, Specials specials);
  static std::unique_ptr<const Template> read(const JsonField& field);

  std::size_t addedTokens(bool pair) const override;
  void apply(std::vector<Encoding>& parts, bool addSpecialTokens) const override;

 private:
  Pieces single_, pair_;
  Specials specials_;
};

/// Tokens that were added: no offsets, no word, no sequence.
Encoding specialEncoding(const std::vector<TokenId>& ids, const std::vector<std::string>& tokens,
                         std::int32_t typeId);

}  // namespace orrery::tokenizers
