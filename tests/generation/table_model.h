#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/generation/session.h"

namespace orrery::test {

using generation::DecodingSession;
using generation::TokenId;

/// The model of tests/oracle/make_generation.py: scores of the next token are A[last] + B[the one
/// before], and with an encoder + C[first input id].
struct Table {
  std::vector<std::vector<float>> a, b, c;
  std::vector<std::string> tokens;  ///< bytes of each

  static Table fromJson(const Json& document);
  /// A small one without a file: the scores depend on the last two tokens, none is likelier by far.
  static Table makeSmall(int vocabSize);
};

/// A session over a Table. Counts what strategies ask of it.
class TableFactory final : public generation::SessionFactory {
 public:
  explicit TableFactory(const Table& table, bool encoder = false)
      : table_(table), encoder_(encoder) {}

  std::unique_ptr<DecodingSession> newSession(std::span<const TokenId> encoderIds) override;
  bool isEncoderDecoder() const override { return encoder_; }

  int contextLength = 0;
  std::atomic<int> steps = 0;

 private:
  const Table& table_;
  bool encoder_;
};

/// The reference's document of that name; skips nothing: a missing file is an Error.
Json oracleDocument(const std::string& name);

/// Numbers of a JSON list in which null means minus infinity.
std::vector<float> scoresFrom(const Json& list);

}  // namespace orrery::test
