#pragma once

#include <memory>
#include <vector>

#include "core/base/json.h"
#include "core/tokenizers/encoding.h"

namespace orrery::tokenizers {

/// Adds the special tokens that a model expects around one or two texts. Safe to use from several
/// threads.
class PostProcessor {
 public:
  virtual ~PostProcessor() = default;
  /// Number of tokens that are added to one text or to a pair.
  virtual std::size_t addedTokens(bool pair) const = 0;
  /// Changes the parts that will be joined; there are one or two to begin with.
  virtual void apply(std::vector<Encoding>& parts, bool addSpecialTokens) const = 0;
};

/// The post-processor a tokenizer.json describes. Errors name the field.
std::unique_ptr<const PostProcessor> readPostProcessor(const JsonField& field);

/// A special token and its id.
struct NamedToken {
  std::string token;
  TokenId id;
};

/// Puts `begin` before and `end` after each text, where they are given.
std::unique_ptr<const PostProcessor> makeBeginEnd(const NamedToken* begin, const NamedToken* end);

}  // namespace orrery::tokenizers
