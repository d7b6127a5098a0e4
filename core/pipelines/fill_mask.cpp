#include <algorithm>
#include <set>

#include "core/pipelines/text_model.h"

namespace orrery::pipelines {
namespace {

using tokenizers::TokenId;

struct FillOptions {
  int topK = 5;
  std::optional<std::vector<std::string>> targets;
  OrderedJson tokenizerKwargs = OrderedJson::object();

  static void fields(auto& f, auto& self) {
    f("top_k", self.topK, "Tokens to return for each mask, the likeliest first", 1);
    f("targets", self.targets,
      "Tokens to choose from; one that is unknown counts as its first piece");
    f("tokenizer_kwargs", self.tokenizerKwargs,
      "Object of truncation, max_length, add_special_tokens");
  }
};

class FillMask : public Pipeline {
 public:
  explicit FillMask(PipelineParts parts) : text_(std::move(parts)) {
    const auto mask = text_.tokenizer().maskId();
    if (!mask)
      throw Error(ErrorKind::kInvalidInput,
                  std::string("tokenizer: has no mask_token, which fill-mask needs"));
    mask_ = *mask;
  }

  Result run(const Input& input, const Options& given, const JobContext& context) const override {
    const auto options = readOptions<FillOptions>(given);
    const auto kwargs =
        readOptions<TokenizerOptions>(options.tokenizerKwargs, "options.tokenizer_kwargs");
    const tokenizers::Encoding encoding = text_.encode(input.as<Text>(), kwargs);
    const auto places = masksIn(encoding.ids);
    const auto targets = options.targets ? targetIds(*options.targets) : std::vector<TokenId>{};
    context.cancel.throwIfCancelled();
    const at::Tensor logits = text_.forward(encoding, "logits");
    MaskFills result;
    for (const std::size_t place : places) {
      const at::Tensor scores = logits[static_cast<std::int64_t>(place)].softmax(-1);
      auto& fills = result.emplace_back(best(scores, targets, options.topK));
      for (MaskFill& fill : fills) write(fill, encoding.ids, place, places.size() == 1);
    }
    return result;
  }

 private:
  std::vector<std::size_t> masksIn(const std::vector<TokenId>& ids) const {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < ids.size(); ++i)
      if (ids[i] == mask_) places.push_back(i);
    if (places.empty())
      throw Error(ErrorKind::kInvalidInput, "input: expected a mask token ({}), found none",
                  *text_.tokenizer().specialToken("mask_token"));
    return places;
  }

  std::vector<TokenId> targetIds(const std::vector<std::string>& targets) const {
    std::set<TokenId> ids;
    for (const std::string& target : targets) {
      auto id = text_.tokenizer().idOf(target);
      const auto pieces = text_.tokenizer().encode(target, {.addSpecialTokens = false}).ids;
      if (!id && !pieces.empty()) id = pieces.front();
      if (id) ids.insert(*id);
    }
    if (ids.empty())
      throw Error(ErrorKind::kInvalidInput,
                  std::string("options.targets: expected at least one token, found none"));
    return {ids.begin(), ids.end()};
  }

  /// The likeliest of `targets`, or of all tokens.
  static std::vector<MaskFill> best(const at::Tensor& scores, std::vector<TokenId> targets,
                                    int count) {
    if (targets.empty())
      for (TokenId id = 0; id < scores.size(0); ++id) targets.push_back(id);
    const TokenId largest = *std::max_element(targets.begin(), targets.end());
    if (largest >= scores.size(0))
      throw Error(ErrorKind::kInvalidInput, "options.targets: token {} is not among the model's {}",
                  largest, scores.size(0));
    const float* score = scores.data_ptr<float>();
    const auto kept = std::min(targets.size(), static_cast<std::size_t>(count));
    std::partial_sort(targets.begin(), targets.begin() + static_cast<std::ptrdiff_t>(kept),
                      targets.end(), [&](TokenId a, TokenId b) { return score[a] > score[b]; });
    std::vector<MaskFill> fills;
    for (std::size_t i = 0; i < kept; ++i)
      fills.push_back({.score = score[targets[i]], .token = targets[i]});
    return fills;
  }

  /// Other masks stay visible, which leaving out special tokens would hide.
  void write(MaskFill& fill, std::vector<TokenId> ids, std::size_t place, bool single) const {
    ids[place] = fill.token;
    if (const auto pad = text_.tokenizer().padId()) std::erase(ids, *pad);
    fill.sequence = text_.tokenizer().decode(ids, single);
    fill.tokenText = text_.tokenizer().decode({&fill.token, 1});
  }

  TextModel text_;
  TokenId mask_ = 0;
};

}  // namespace

void addFillMask(TaskRegistry& registry) {
  registry.add(
      {.name = "fill-mask",
       .aliases = {},
       .description = "Says which tokens fit where a text has the mask token",
       .classEndings = {"ForMaskedLM", "ForPreTraining"},
       .options = describeOptions<FillOptions>(),
       .make = [](PipelineParts parts) { return std::make_unique<FillMask>(std::move(parts)); }});
}

}  // namespace orrery::pipelines
