#include "core/pipelines/zero_shot.h"

#include <algorithm>

#include "core/base/error.h"

namespace orrery::pipelines {
namespace {

constexpr std::string_view kPlace = "{}";  // of the label in the template

/// Rows of one length as a tensor [texts, tokens].
template <class Member>
at::Tensor rows(const std::vector<tokenizers::Encoding>& batch, Member member) {
  const auto length = static_cast<std::int64_t>(batch.front().size());
  at::Tensor result = at::empty({static_cast<std::int64_t>(batch.size()), length}, at::kLong);
  std::int64_t* to = result.data_ptr<std::int64_t>();
  for (const auto& encoding : batch)
    to = std::copy((encoding.*member).begin(), (encoding.*member).end(), to);
  return result;
}

}  // namespace

std::vector<std::string> labelSentences(const std::vector<std::string>& labels,
                                        const std::string& hypothesisTemplate) {
  if (labels.empty())
    throw Error(ErrorKind::kInvalidInput,
                std::string("options.candidate_labels: expected at least one label"));
  const auto place = hypothesisTemplate.find(kPlace);
  if (place == std::string::npos)
    throw Error(ErrorKind::kInvalidInput,
                "options.hypothesis_template: {} has no {{}} for the label",
                quoted(hypothesisTemplate));
  std::vector<std::string> result;
  for (const std::string& label : labels)
    result.push_back(std::string(hypothesisTemplate).replace(place, kPlace.size(), label));
  return result;
}

void addTexts(const tokenizers::Tokenizer& tokenizer, const std::vector<std::string>& texts,
              tokenizers::EncodeOptions how, models::TensorMap& inputs) {
  const auto& settings = tokenizer.settings();
  if (!how.padding)
    how.padding =
        tokenizers::Padding{.side = settings.paddingSide, .id = tokenizer.padId().value_or(0)};
  const auto batch = tokenizer.encodeBatch(texts, how);
  inputs["input_ids"] = rows(batch, &tokenizers::Encoding::ids);
  const auto& names = settings.modelInputNames;
  const bool masked = names.empty() || std::ranges::count(names, "attention_mask") > 0;
  if (masked) inputs["attention_mask"] = rows(batch, &tokenizers::Encoding::attentionMask);
}

Classification rankedLabels(const std::vector<std::string>& labels, const at::Tensor& scores) {
  Classification result;
  for (std::size_t i = 0; i < labels.size(); ++i)
    result.labels.push_back({labels[i], scores[static_cast<std::int64_t>(i)].item<float>()});
  std::ranges::stable_sort(result.labels, std::greater(), &Classification::Label::score);
  return result;
}

}  // namespace orrery::pipelines
