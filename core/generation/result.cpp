#include "core/generation/result.h"

#include <cmath>

#include "core/base/utf8.h"

namespace orrery::generation {
namespace {

/// JSON has no infinities.
Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json();
}

void addText(Json& object, const TextOf& textOf, std::span<const TokenId> ids) {
  if (textOf) object["text"] = utf8::sanitized(textOf(ids));
}

Json tokenJson(const TokenRecord& token, const TextOf& textOf) {
  Json result = {{"id", token.id},
                 {"logprob", number(token.model.logprob)},
                 {"entropy", token.model.entropy},
                 {"processed_logprob", number(token.processed.logprob)},
                 {"processed_entropy", token.processed.entropy},
                 {"provenance", provenanceName(token.provenance)}};
  addText(result, textOf, {&token.id, 1});
  const auto list = [&](const std::vector<Alternative>& alternatives) {
    Json array = Json::array();
    for (const Alternative& entry : alternatives) {
      Json item = {{"id", entry.id}, {"logprob", number(entry.logprob)}};
      addText(item, textOf, {&entry.id, 1});
      array.push_back(std::move(item));
    }
    return array;
  };
  result["top"] = list(token.model.top);
  result["processed_top"] = list(token.processed.top);
  return result;
}

Json sequenceJson(const GeneratedSequence& sequence, const TextOf& textOf) {
  Json tokens = Json::array();
  for (const TokenRecord& token : sequence.tokens) tokens.push_back(tokenJson(token, textOf));
  Json result = {{"ids", sequence.ids},
                 {"score", number(sequence.score)},
                 {"finish_reason", finishReasonName(sequence.finishReason)},
                 {"tokens", std::move(tokens)}};
  addText(result, textOf, sequence.ids);
  return result;
}

}  // namespace

Json GenerationResult::toJson(const TextOf& textOf) const {
  Json list = Json::array();
  for (const GeneratedSequence& sequence : sequences)
    list.push_back(sequenceJson(sequence, textOf));
  return {{"prompt_ids", promptIds},
          {"sequences", std::move(list)},
          {"stats", stats},
          {"timings",
           {{"load_s", timings.loadSeconds},
            {"prefill_tokens", timings.prefillTokens},
            {"prefill_s", timings.prefillSeconds},
            {"decode_tokens", timings.decodeTokens},
            {"decode_s", timings.decodeSeconds}}}};
}

}  // namespace orrery::generation
