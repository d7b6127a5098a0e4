#include "app/cli/engine_generate.h"

#include <random>

#include "app/cli/engine_prompt.h"
#include "core/generation/generate.h"
#include "core/generation/generation_fields.h"
#include "core/tokenizers/streaming.h"

namespace orrery::engine {
namespace {

using protocol::GeneratedToken;
using protocol::GenerateParams;
using protocol::GenerateResult;
using tokenizers::StreamingDetokenizer;

std::vector<protocol::Alternative> describe(const std::vector<generation::Alternative>& top,
                                            const TextTools& text) {
  std::vector<protocol::Alternative> result;
  for (const generation::Alternative& other : top)
    result.push_back({other.id, text.textOf(other.id), other.logprob});
  return result;
}

GeneratedToken describe(const generation::TokenRecord& record, const TextTools& text) {
  return {.id = record.id,
          .logprob = record.model.logprob,
          .entropy = record.model.entropy,
          .top = describe(record.model.top, text),
          .processedLogprob = record.processed.logprob,
          .processedEntropy = record.processed.entropy,
          .processedTop = describe(record.processed.top, text),
          .provenance = std::string(generation::provenanceName(record.provenance))};
}

/// Sends each token with its text as it is chosen. Beams are decided at the end: they send none.
class TokenStream {
 public:
  TokenStream(std::shared_ptr<const TextTools> text, int sequences,
              protocol::RequestContext& context)
      : text_(std::move(text)), context_(context) {
    for (int i = 0; i < sequences; ++i) rows_.emplace_back(text_->tokenizer());
  }

  void send(const generation::TokenEvent& event) {
    const auto row = static_cast<std::size_t>(event.row);
    GeneratedToken token = describe(event.token, *text_);
    token.text = rows_.at(row).push(event.token.id);
    context_.notify(protocol::TokenParams{
        .request = {}, .sequence = event.row, .index = event.step, .token = std::move(token)});
  }

 private:
  std::shared_ptr<const TextTools> text_;
  protocol::RequestContext& context_;
  std::vector<StreamingDetokenizer> rows_;
};

protocol::GeneratedSequence describe(const generation::GeneratedSequence& sequence,
                                     const TextTools& text) {
  protocol::GeneratedSequence result{
      .ids = sequence.ids,
      .score = sequence.score,
      .finishReason = std::string(generation::finishReasonName(sequence.finishReason))};
  StreamingDetokenizer detokenizer(text.tokenizer());
  for (const generation::TokenRecord& record : sequence.tokens) {
    GeneratedToken token = describe(record, text);
    token.text = detokenizer.push(record.id);
    result.tokens.push_back(std::move(token));
  }
  if (!result.tokens.empty()) result.tokens.back().text += detokenizer.finish();
  for (const GeneratedToken& token : result.tokens) result.text += token.text;
  return result;
}

GenerateResult describe(const generation::GenerationResult& result, const EngineModel& model) {
  GenerateResult document{.promptIds = result.promptIds,
                          .timings = {.loadSeconds = model.info.loadSeconds,
                                      .prefillTokens = result.timings.prefillTokens,
                                      .prefillSeconds = result.timings.prefillSeconds,
                                      .decodeTokens = result.timings.decodeTokens,
                                      .decodeSeconds = result.timings.decodeSeconds},
                          .stats = result.stats};
  if (document.stats.is_null()) document.stats = Json::object();
  for (const auto& sequence : result.sequences)
    document.sequences.push_back(describe(sequence, *model.text));
  return document;
}

std::uint64_t seedOf(const GenerateParams& params) {
  return params.seed ? static_cast<std::uint64_t>(*params.seed) : std::random_device{}();
}

}  // namespace

GenerateResult generate(EngineModel& model, const GenerateParams& params,
                        protocol::RequestContext& context) {
  generation::GenerationConfig config = model.config;
  config.merge(params.generation, "generate.generation");
  generation::GenerationInput input;
  PicturePrompt prompt =
      withContext("generate", [&] { return takeIn(model, params.prompt, context.cancel); });
  TurnTakingSessions sessions = sessionsFor(model, prompt, context.cancel);
  (sessions.isEncoderDecoder() ? input.encoderIds : input.promptIds) = std::move(prompt.ids);

  TokenStream stream(model.text, config.numReturnSequences, context);
  const std::uint64_t seed = seedOf(params);
  generation::GenerationOptions options{
      .strategy = params.strategy,
      .seed = seed,
      .top = params.top,
      .tokenBytes = [&](generation::TokenId id) { return model.text->bytesOf(id); },
      .onToken =
          [&](const generation::TokenEvent& event) {
            if (event.token.provenance != generation::Provenance::kBeam) stream.send(event);
          },
      .cancel = context.cancel};
  GenerateResult result = describe(generation::generate(sessions, input, config, options), model);
  result.stats["seed"] = seed;
  return result;
}

protocol::GenerationFieldsResult generationFields() {
  protocol::GenerationFieldsResult result;
  const Json table = generation::generationFieldsJson();
  protocol::fromJson(JsonField(table, "generation fields"), result.list);
  for (const auto& strategy : generation::strategies().all())
    result.strategies.push_back(strategy.name);
  return result;
}

}  // namespace orrery::engine
